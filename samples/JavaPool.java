// SPDX-License-Identifier: MIT
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A pool of connections in Java, as those to databases are: the server closes them when its time for
 * idle ones is up, and nobody uses them until the next request. With --fixed idle ones are
 * tested. finleak --idle=200ms: fin-unread.
 *
 * java -cp build/samples JavaPool [--fixed] [--self-test N]    N requests, then exit 0
 */
final class JavaPool {
    private static final Deque<Socket> idle = new ArrayDeque<>();

    private static Socket borrow(int port) throws IOException {
        Socket pooled = idle.poll();
        return pooled != null ? pooled
                              : new Socket(InetAddress.getLoopbackAddress(), port); // LEAK: opened
    }

    private static void ask(Socket connection) throws IOException {
        connection.getOutputStream().write("SELECT 1\n\n".getBytes());
        connection.getInputStream().read(new byte[4]);
    }

    private static void testIdle() throws IOException {
        for (int left = idle.size(); left > 0; left--) {
            Socket connection = idle.poll();
            connection.setSoTimeout(JavaTraffic.QUIET_MS);
            if (connection.getInputStream().read() < 0)
                connection.close();
            else
                idle.add(connection);
        }
    }

    public static void main(String[] arguments) throws Exception {
        JavaTraffic traffic = new JavaTraffic(arguments);
        int port = traffic.answer("one\n");
        Socket[] busy = new Socket[traffic.visits()];
        for (int i = 0; i < busy.length; i++) {
            busy[i] = borrow(port);
            ask(busy[i]);
        }
        for (Socket connection : busy)
            idle.add(connection);
        if (traffic.fixed) {
            traffic.expire();
            testIdle();
        }
        traffic.linger();
        traffic.leave();
    }
}
