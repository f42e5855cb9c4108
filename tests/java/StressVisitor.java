// SPDX-License-Identifier: MIT
import java.net.InetAddress;
import java.net.Socket;

/** Visits a port of this machine. Loaded again and again by Stress, and unloaded. */
public final class StressVisitor implements Runnable {
    private final int port;

    public StressVisitor(int port) {
        this.port = port;
    }

    @Override
    public void run() {
        try (Socket visitor = new Socket(InetAddress.getLoopbackAddress(), port)) {
            visitor.getOutputStream().write(1);
        } catch (java.io.IOException error) {
            System.out.println("failed: " + error);
        }
    }
}
