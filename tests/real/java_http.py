# SPDX-License-Identifier: MIT
"""Java: the cache of HttpURLConnection keeps connections that the server has closed; the newer
HttpClient watches its idle connections and closes them in time. Started from source, which takes a
JDK."""

import signal

from keep_alive import KeepAliveServer
from under_finleak import Expected, Skip, client, find_program, run

OLD_CLIENT = """
import java.io.InputStream;
import java.net.URL;

class OldClient {
    static void fetchPages(String url, int count) throws Exception {
        InputStream[] pages = new InputStream[count];
        for (int i = 0; i < count; i++)
            pages[i] = new URL(url).openStream();
        for (InputStream page : pages) {
            page.readAllBytes();
            page.close();
        }
    }

    public static void main(String[] arguments) throws Exception {
        fetchPages(arguments[0], 4);
        System.out.println("idle");
        Thread.sleep(Long.MAX_VALUE);
    }
}
"""

NEW_CLIENT = """
import java.net.URI;
import java.net.http.*;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;

class NewClient {
    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        var pages = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < 4; i++)
            pages.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
        for (var page : pages)
            page.get();
        System.out.println("idle");
        System.in.read();
        System.exit(0);
    }
}
"""


def scenario(launcher):
    java = find_program("java")
    if "jdk.compiler" not in client([java, "--list-modules"]):
        raise Skip("java is here, but no compiler: a JDK is needed")
    folder = launcher.folder()
    (folder / "OldClient.java").write_text(OLD_CLIENT)
    (folder / "NewClient.java").write_text(NEW_CLIENT)
    with KeepAliveServer() as server:
        old = launcher.start(
            [java, folder / "OldClient.java", server.url],
            Expected(opened=4, eof=0, leaked=4, leak_class="fin-unread", reason="not-polled",
                     site=("OldClient.fetchPages", "OldClient.java")),
            options=["--observe=50ms"])
        old.wait_for_match("idle")
        seen = {"old connections": server.end_connections()}
        old.wait_for_leaks()
        seen["old status"] = old.stop(signal.SIGTERM)
    with KeepAliveServer() as server:
        new = launcher.start([java, folder / "NewClient.java", server.url],
                             Expected(opened=4, eof=4), options=["--observe=50ms"])
        new.wait_for_match("idle")
        seen["new connections"] = server.end_connections()
        server.wait_for_closed()
        new.send_line("")
        seen["new status"] = new.wait()
    return seen


run(scenario)
