// SPDX-License-Identifier: MIT
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Opens and closes connections, DEPTH calls deep: prints the CPU time of each, in ns, once the code is
 * compiled. With 0 ROUNDS it ends at once.
 *
 * java Cost ROUNDS DEPTH
 */
final class Cost {
    private static int connect(ServerSocket listener, int depth) throws IOException {
        if (depth > 0)
            return connect(listener, depth - 1);
        Socket peer = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
        try (Socket connection = listener.accept()) {
            peer.close();
            return connection.getInputStream().read();
        }
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        int depth = Integer.parseInt(arguments[1]);
        if (rounds == 0)
            return;
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < rounds; i++)
                connect(listener, depth);
            long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (int i = 0; i < rounds; i++)
                connect(listener, depth);
            long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
            System.out.println(spent / rounds);
        }
    }
}
