// SPDX-License-Identifier: MIT
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Calls the recorder's socket() and close() straight from Java, while garbage is collected: as any
 * foreign function, and as a critical one, of which the machine does not take note. JDK 22.
 *
 * java Foreign.java LIBRARY ROUNDS
 */
final class Foreign {
    static int open(MethodHandle socket) throws Throwable {
        return (int) socket.invokeExact(2, 1, 0);
    }

    static int end(MethodHandle close, int descriptor) throws Throwable {
        return (int) close.invokeExact(descriptor);
    }

    public static void main(String[] arguments) throws Throwable {
        Linker linker = Linker.nativeLinker();
        SymbolLookup symbols = SymbolLookup.libraryLookup(arguments[0], Arena.global());
        FunctionDescriptor three = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        FunctionDescriptor one =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        Linker.Option critical = Linker.Option.critical(false);
        MethodHandle[] opening = {
            linker.downcallHandle(symbols.find("socket").get(), three),
            linker.downcallHandle(symbols.find("socket").get(), three, critical),
        };
        MethodHandle[] closing = {
            linker.downcallHandle(symbols.find("close").get(), one),
            linker.downcallHandle(symbols.find("close").get(), one, critical),
        };
        Thread collector = new Thread(() -> {
            while (true)
                System.gc();
        });
        collector.setDaemon(true);
        collector.start();
        int failed = 0;
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            int descriptor = open(opening[i & 1]);
            failed += descriptor < 0 || end(closing[i >> 1 & 1], descriptor) != 0 ? 1 : 0;
        }
        System.out.println(failed + " failed");
        System.exit(6);
    }
}
