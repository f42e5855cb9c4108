// SPDX-License-Identifier: MIT
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.concurrent.*;

/** What the JDK's own sockets do, printed: the same bare and recorded. */
final class Conform {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private interface Step {
        Object run() throws Exception;
    }

    private static void say(String name, Step step) {
        Object outcome;
        try {
            outcome = step.run();
        } catch (Exception error) {
            outcome = error.getClass().getName() + ": " + error.getMessage();
        }
        System.out.println(name + ": " + outcome);
    }

    private static Object blocking() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 8, HERE);
             Socket peer = new Socket(HERE, listener.getLocalPort());
             Socket connection = listener.accept()) {
            peer.getOutputStream().write("hello".getBytes());
            peer.shutdownOutput();
            return new String(connection.getInputStream().readAllBytes()) + connection.getInputStream().read()
                + connection.isClosed() + peer.isOutputShutdown();
        }
    }

    private static Object timeout() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 8, HERE);
             Socket peer = new Socket(HERE, listener.getLocalPort())) {
            peer.setSoTimeout(30);
            return peer.getInputStream().read();
        }
    }

    private static Object closedWhileReading() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 8, HERE)) {
            Socket peer = new Socket(HERE, listener.getLocalPort());
            Future<Object> reader = Executors.newSingleThreadExecutor(r -> {
                Thread thread = new Thread(r);
                thread.setDaemon(true);
                return thread;
            }).submit(() -> peer.getInputStream().read());
            Thread.sleep(50);
            peer.close();
            return reader.get();
        }
    }

    private static Object reset() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 8, HERE);
             Socket peer = new Socket(HERE, listener.getLocalPort())) {
            Socket connection = listener.accept();
            connection.setSoLinger(true, 0);
            connection.close();
            return peer.getInputStream().read();
        }
    }

    private static Object refused() throws Exception {
        int port;
        try (ServerSocket listener = new ServerSocket(0, 8, HERE)) {
            port = listener.getLocalPort();
        }
        return new Socket(HERE, port);
    }

    private static Object selector() throws Exception {
        try (Selector selector = Selector.open();
             ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(HERE, 0));
             SocketChannel peer = SocketChannel.open(listener.getLocalAddress())) {
            SocketChannel connection = listener.accept();
            connection.configureBlocking(false);
            connection.register(selector, SelectionKey.OP_READ);
            ByteBuffer buffer = ByteBuffer.allocate(16);
            int early = connection.read(buffer);
            peer.write(ByteBuffer.wrap("hello".getBytes()));
            peer.close();
            int total = 0;
            int got = 0;
            while (got >= 0) {
                selector.select();
                selector.selectedKeys().clear();
                got = connection.read(buffer);
                total += Math.max(got, 0);
            }
            connection.close();
            return early + " " + total + " " + got + " " + selector.keys().size() + " " + connection.isOpen();
        }
    }

    private static Object asynchronous() throws Exception {
        try (AsynchronousServerSocketChannel listener =
                 AsynchronousServerSocketChannel.open().bind(new InetSocketAddress(HERE, 0));
             AsynchronousSocketChannel peer = AsynchronousSocketChannel.open()) {
            Future<AsynchronousSocketChannel> accepted = listener.accept();
            peer.connect(listener.getLocalAddress()).get();
            try (AsynchronousSocketChannel connection = accepted.get()) {
                peer.write(ByteBuffer.wrap("hello".getBytes())).get();
                peer.shutdownOutput();
                ByteBuffer buffer = ByteBuffer.allocate(16);
                return connection.read(buffer).get() + " " + connection.read(buffer).get();
            }
        }
    }

    private static Object interrupted() throws Exception {
        try (ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(HERE, 0))) {
            Thread.currentThread().interrupt();
            return listener.accept();
        } finally {
            Thread.interrupted();
        }
    }

    private static Object http() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(HERE, 0), 8);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/") ? 200 : 404, 2);
            exchange.getResponseBody().write("ok".getBytes());
            exchange.close();
        });
        server.start();
        try {
            URL url = new URL("http", HERE.getHostAddress(), server.getAddress().getPort(), "/");
            HttpURLConnection broken = (HttpURLConnection) new URL(url, "/none").openConnection();
            return new String(url.openStream().readAllBytes()) + broken.getResponseCode()
                + new String(broken.getErrorStream().readAllBytes());
        } finally {
            server.stop(0);
        }
    }

    /** On a virtual thread, where the JDK has them. */
    private static Object virtual() throws Exception {
        Callable<Object> task = Conform::blocking;
        FutureTask<Object> result = new FutureTask<>(task);
        try {
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, result);
        } catch (NoSuchMethodException | java.lang.reflect.InvocationTargetException error) {
            return "no virtual threads";
        }
        return result.get();
    }

    public static void main(String[] arguments) {
        say("blocking", Conform::blocking);
        say("timeout", Conform::timeout);
        say("closed while reading", Conform::closedWhileReading);
        say("reset", Conform::reset);
        say("refused", Conform::refused);
        say("selector", Conform::selector);
        say("asynchronous", Conform::asynchronous);
        say("interrupted", Conform::interrupted);
        say("http", Conform::http);
        say("virtual", Conform::virtual);
        System.exit(3);
    }
}
