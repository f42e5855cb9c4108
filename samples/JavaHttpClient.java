// SPDX-License-Identifier: MIT
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * A client by java.net.http: it wants the status only, and forgets the body, so the rest of it stays
 * unread and the connection open. With --fixed it closes the body. finleak: fin-unread.
 *
 * java -cp build/samples JavaHttpClient [--fixed] [--self-test N]    N requests, then exit 0
 */
final class JavaHttpClient {
    private static final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final List<HttpResponse<InputStream>> answers = new ArrayList<>();

    private static void fetch(URI page, boolean fixed) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(page).build();
        HttpResponse<InputStream> answer =
            client.send(request, HttpResponse.BodyHandlers.ofInputStream()); // LEAK: opened
        answers.add(answer); // "for the status page"
        if (fixed)
            answer.body().close();
    }

    public static void main(String[] arguments) throws Exception {
        JavaTraffic traffic = new JavaTraffic(arguments);
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
        int port = traffic.answer(head + "x".repeat(100000));
        for (int i = 0; i < traffic.visits(); i++)
            fetch(URI.create("http://127.0.0.1:" + port + "/"), traffic.fixed);
        traffic.linger();
        traffic.leave();
    }
}
