// SPDX-License-Identifier: MIT
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * THREADS threads, each of which serves SOCKETS connections to their end and keeps them, while one
 * thread collects garbage and another loads classes. With --fixed the connections are closed.
 *
 * java Stress THREADS SOCKETS [--fixed]
 */
final class Stress {
    static final Queue<Socket> kept = new ConcurrentLinkedQueue<>();
    static final AtomicLong bytes = new AtomicLong();
    static volatile boolean over;

    static void serve(Socket connection, boolean fixed) throws IOException {
        InputStream in = connection.getInputStream();
        while (in.read() >= 0) // HERE
            bytes.incrementAndGet();
        kept.add(connection);
        if (fixed)
            connection.close();
    }

    static void work(int sockets, boolean fixed) {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < sockets; i++) {
                try (Socket peer = new Socket(InetAddress.getLoopbackAddress(),
                                              listener.getLocalPort())) {
                    peer.getOutputStream().write(1);
                }
                serve(listener.accept(), fixed);
            }
        } catch (IOException error) {
            System.out.println("failed: " + error);
        }
    }

    /** Classes of a loader of their own, which goes with them. */
    static final class Loader extends ClassLoader {
        private final byte[] code;

        Loader(byte[] code) {
            super(null);
            this.code = code;
        }

        @Override
        protected Class<?> findClass(String name) {
            return defineClass(name, code, 0, code.length);
        }
    }

    static void loadAndCollect() {
        try (InputStream in = Stress.class.getResourceAsStream("StressVisitor.class")) {
            byte[] code = in.readAllBytes();
            while (!over) {
                ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                ((Runnable) new Loader(code).loadClass("StressVisitor")
                         .getConstructor(int.class)
                         .newInstance(listener.getLocalPort())).run();
                listener.accept().close();
                listener.close();
                System.gc();
            }
        } catch (Exception error) {
            System.out.println("failed: " + error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Thread[] threads = new Thread[Integer.parseInt(arguments[0])];
        int sockets = Integer.parseInt(arguments[1]);
        boolean fixed = arguments.length > 2;
        Thread collector = new Thread(Stress::loadAndCollect);
        collector.start();
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> work(sockets, fixed));
            threads[i].start();
        }
        for (Thread thread : threads)
            thread.join();
        over = true;
        collector.join();
        Thread.sleep(400);
        System.out.println(bytes.get() + " bytes, " + kept.size() + " connections");
        Runtime.getRuntime().halt(3);
    }
}
