// SPDX-License-Identifier: MIT
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;

/**
 * A client in Java: the server answers with an error, whose text nobody reads, so HttpURLConnection
 * keeps the connection. With --fixed it closes the error stream. finleak: fin-unread.
 *
 * java -cp build/samples JavaErrorStream [--fixed] [--self-test N]    N requests, then exit 0
 */
final class JavaErrorStream {
    private static final List<HttpURLConnection> failed = new ArrayList<>();

    private static void fetch(URL url, boolean fixed) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        if (connection.getResponseCode() == 200) // LEAK: opened
            return;
        failed.add(connection); // "to be tried again"
        if (fixed)
            try (InputStream error = connection.getErrorStream()) {
                error.readAllBytes();
            }
    }

    public static void main(String[] arguments) throws Exception {
        JavaTraffic traffic = new JavaTraffic(arguments);
        String answer = "HTTP/1.1 500 Broken\r\nConnection: close\r\nContent-Length: 6\r\n\r\n"
            + "sorry\n";
        int port = traffic.answer(answer);
        for (int i = 0; i < traffic.visits(); i++)
            fetch(new URL("http://127.0.0.1:" + port + "/"), traffic.fixed);
        traffic.linger();
        traffic.leave();
    }
}
