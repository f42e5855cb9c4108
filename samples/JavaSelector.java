// SPDX-License-Identifier: MIT
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A selector loop in Java: at the end of a stream it cancels the key, which takes the channel out of
 * the selector and closes nothing. With --fixed it closes the channel, which cancels the key too.
 * finleak: eof-unclosed.
 *
 * java -cp build/samples JavaSelector [--fixed] [--self-test N]    N peers of its own, then exit 0
 */
final class JavaSelector {
    private static final List<SocketChannel> sessions = new ArrayList<>();

    private static void acceptClient(SelectionKey key) throws IOException {
        SocketChannel client = ((ServerSocketChannel) key.channel()).accept(); // LEAK: opened
        client.configureBlocking(false);
        client.register(key.selector(), SelectionKey.OP_READ);
        sessions.add(client);
    }

    private static void serveClient(SelectionKey key, boolean fixed) throws IOException {
        SocketChannel client = (SocketChannel) key.channel();
        ByteBuffer request = ByteBuffer.allocate(512);
        if (client.read(request) >= 0) { // LEAK: eof
            request.flip();
            client.write(request);
            return;
        }
        key.cancel();
        if (fixed)
            client.close();
    }

    public static void main(String[] arguments) throws Exception {
        JavaTraffic traffic = new JavaTraffic(arguments);
        Selector selector = Selector.open();
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        traffic.begin(listener.socket().getLocalPort());
        while (true) {
            boolean wasOver = traffic.isOver();
            if (selector.select(JavaTraffic.QUIET_MS) == 0 && wasOver)
                traffic.leave();
            for (SelectionKey key : selector.selectedKeys())
                if (key.isAcceptable())
                    acceptClient(key);
                else
                    serveClient(key, traffic.fixed);
            selector.selectedKeys().clear();
        }
    }
}
