// SPDX-License-Identifier: MIT
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A Java server that forgets to close what it has served. With --fixed first it closes it.
 * finleak: eof-unclosed.
 *
 * java -cp build/samples JavaServer [--fixed] [--self-test N]    N peers of its own, then exit 0
 * java -cp build/samples JavaServer [--fixed] --serve [PORT]     serves real clients until killed
 */
final class JavaServer {
    private static final List<Socket> history = new ArrayList<>();

    private static void serve(Socket connection, boolean fixed) throws IOException {
        InputStream in = connection.getInputStream();
        byte[] request = new byte[512];
        int length;
        while ((length = in.read(request)) >= 0) // LEAK: eof
            connection.getOutputStream().write(request, 0, length);
        history.add(connection); // "for the statistics page"
        if (fixed)
            connection.close();
    }

    public static void main(String[] arguments) throws Exception {
        JavaTraffic traffic = new JavaTraffic(arguments);
        ServerSocket listener = traffic.listen();
        listener.setSoTimeout(JavaTraffic.QUIET_MS);
        traffic.begin(listener.getLocalPort());
        while (true) {
            boolean wasOver = traffic.isOver();
            try {
                Socket connection = listener.accept(); // LEAK: opened
                serve(connection, traffic.fixed);
            } catch (SocketTimeoutException quiet) {
                if (wasOver)
                    traffic.leave();
            }
        }
    }
}
