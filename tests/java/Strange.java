// SPDX-License-Identifier: MIT
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Native methods that use sockets where the machine must not be asked, while it collects garbage. */
final class Strange {
    static native boolean interruptAllocator(int enough);

    static native int forkAndClose();

    static native boolean attachThreads();

    static native boolean inCriticalRegion(byte[] array);

    static native void throwAndClose();

    static native boolean withReferences();

    private static volatile boolean over;

    /** While the machine ends, threads go on. */
    private static void goOnForever() {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            while (true) {
                try (Socket peer = new Socket(InetAddress.getLoopbackAddress(),
                                              listener.getLocalPort())) {
                    listener.accept().close();
                }
            }
        } catch (Exception error) {
            System.out.println("failed: " + error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.load(arguments[0]);
        boolean checked = arguments.length > 1;
        Thread collector = new Thread(() -> {
            while (!over) {
                System.gc();
                Thread.yield();
            }
        });
        collector.start();
        System.out.println("interrupted: " + interruptAllocator(200));
        for (int i = 0; i < 5; i++)
            if (forkAndClose() != 7)
                System.out.println("the child ended otherwise");
        for (int i = 0; i < 50; i++) {
            // With -Xcheck:jni the machine warns of any call in a critical region.
            if (!attachThreads() || (!checked && !inCriticalRegion(new byte[100]))
                    || !withReferences())
                System.out.println("failed in round " + i);
            try {
                throwAndClose();
                System.out.println("nothing was thrown");
            } catch (IllegalStateException thrown) {
                if (!thrown.getMessage().equals("as it was"))
                    System.out.println("thrown: " + thrown);
            }
        }
        for (int i = 0; i < 4; i++) {
            Thread busy = new Thread(Strange::goOnForever);
            busy.setDaemon(true);
            busy.start();
        }
        Thread.sleep(100);
        over = true;
        System.out.println("over");
        System.exit(5);
    }
}
