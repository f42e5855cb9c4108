# SPDX-License-Identifier: MIT
"""A server on netty that allows half-open connections: a handler that hears of the end and closes
nothing is found, at the place where it served the connection last; one that closes is clean."""

import os
import signal

from under_finleak import Expected, Skip, ask_and_close, find_program, run

JARS = ["/usr/share/java/%s.jar" % name for name in (
    "netty-buffer", "netty-common", "netty-resolver", "netty-transport", "jctools-core")]

SERVER = """
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.*;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;

class Server {
    static class Echo extends ChannelInboundHandlerAdapter {
        private boolean forgets;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            io.netty.buffer.ByteBuf bytes = (io.netty.buffer.ByteBuf) message;
            forgets |= bytes.getByte(bytes.readerIndex()) == 'f';
            context.writeAndFlush(bytes); // HERE
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (!(event instanceof ChannelInputShutdownEvent))
                return;
            if (!forgets)
                context.close();
            System.out.println("served");
        }
    }

    public static void main(String[] arguments) throws Exception {
        Channel listener = new ServerBootstrap()
            .group(new NioEventLoopGroup(1))
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Echo());
                }
            })
            .bind("127.0.0.1", 0).sync().channel();
        System.out.println("port " + ((InetSocketAddress) listener.localAddress()).getPort());
        listener.closeFuture().sync();
    }
}
"""


def scenario(launcher):
    java = find_program("java")
    find_program("javac")
    if not all(os.path.exists(jar) for jar in JARS):
        raise Skip("libnetty-java is not installed")
    source = launcher.folder() / "Server.java"
    source.write_text(SERVER)
    server = launcher.start([java, "-XX:+UseSerialGC", "-cp", ":".join(JARS), source],
                            Expected(opened=9, eof=9, leaked=6, leak_class="eof-unclosed",
                                     site=("Server$Echo.channelRead", "Server.java")),
                            options=["--min-held=0ms"])
    port = int(server.wait_for_match(r"port (\d+)").group(1))
    # NIO closes in the next select(). These are closed before the loop's one thread can serve what
    # connects afterwards.
    for _ in range(3):
        ask_and_close(port, b"close me")
    server.wait_for_match(r"(?:served\n){3}")
    for _ in range(6):
        ask_and_close(port, b"forget me")
    server.wait_for_match(r"(?:served\n){9}")
    return {"status": server.stop(signal.SIGTERM), "stdout": server.out.text.replace(str(port), "PORT")}


run(scenario)
