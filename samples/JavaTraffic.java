// SPDX-License-Identifier: MIT
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The peers of the samples in Java, and when these end: after the last peer, once nothing has come
 * for a while; with --hold when standard input ends.
 */
final class JavaTraffic {
    /** Longer than finleak's --min-held. */
    static final int QUIET_MS = 400;

    final boolean fixed;
    private final boolean serving;
    private final boolean held;
    private final int visits;
    private final CountDownLatch left = new CountDownLatch(1);
    private final CountDownLatch idle = new CountDownLatch(1);

    JavaTraffic(String[] arguments) {
        boolean fixedTwin = false;
        boolean hold = false;
        boolean serve = false;
        int number = 0;
        for (String argument : arguments) {
            fixedTwin |= argument.equals("--fixed");
            hold |= argument.equals("--hold");
            serve |= argument.equals("--serve");
            if (argument.matches("[0-9]+"))
                number = Integer.parseInt(argument);
        }
        fixed = fixedTwin;
        held = hold;
        serving = serve;
        visits = serve || number > 0 ? number : 4;
    }

    /** How many peers there are, or pages to fetch. */
    int visits() {
        return visits;
    }

    ServerSocket listen() throws IOException {
        return new ServerSocket(serving ? visits : 0, 64, InetAddress.getLoopbackAddress());
    }

    /** Lets peers visit PORT: each sends a line, reads the answer and leaves. */
    void begin(int port) {
        System.out.println("listening on 127.0.0.1:" + port);
        if (serving)
            return;
        Thread peers = new Thread(() -> {
            for (int i = 0; i < visits; i++)
                visit(port);
            left.countDown();
        });
        peers.setDaemon(true);
        peers.start();
    }

    private static void visit(int port) {
        try (Socket peer = new Socket(InetAddress.getLoopbackAddress(), port)) {
            peer.getOutputStream().write("hello\n".getBytes());
            peer.getInputStream().read(new byte[512]);
        } catch (IOException error) {
            System.err.println("a peer failed: " + error);
        }
    }

    /** Nothing has come for QUIET_MS. True: nor will anything any more. */
    boolean isOver() {
        return !serving && left.getCount() == 0;
    }

    /** Serves ANSWER to as many connections as there are visits, and keeps them until expire(). */
    int answer(String answer) throws IOException {
        ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Thread server = new Thread(() -> {
            try {
                serve(listener, answer);
            } catch (IOException | InterruptedException error) {
                System.err.println("the server failed: " + error);
            }
        });
        server.setDaemon(true);
        server.start();
        return listener.getLocalPort();
    }

    private void serve(ServerSocket listener, String answer)
            throws IOException, InterruptedException {
        List<Socket> connections = new ArrayList<>();
        for (int i = 0; i < visits; i++) {
            Socket connection = listener.accept();
            connections.add(connection);
            readRequest(connection.getInputStream());
            connection.getOutputStream().write(answer.getBytes());
        }
        idle.await();
        for (Socket connection : connections)
            connection.close();
    }

    /** The server's time for idle connections is up. */
    void expire() {
        idle.countDown();
    }

    /** Up to an empty line. */
    private static void readRequest(InputStream in) throws IOException {
        int newlines = 0;
        int character;
        while (newlines < 2 && (character = in.read()) >= 0)
            if (character == '\n')
                newlines++;
            else if (character != '\r')
                newlines = 0;
    }

    /** Lets the server close its connections, and waits until the sample may end. */
    void linger() throws Exception {
        expire();
        if (held)
            while (System.in.read() >= 0)
                ;
        else
            Thread.sleep(2 * QUIET_MS);
    }

    /** Servers are stopped by a signal: nothing may close what a running one holds. */
    void leave() {
        Runtime.getRuntime().halt(0);
    }
}
