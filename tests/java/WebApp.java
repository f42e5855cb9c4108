// SPDX-License-Identifier: MIT
import java.io.*;
import java.net.*;
import java.util.*;
import javax.servlet.http.*;
import org.eclipse.jetty.server.*;
import org.eclipse.jetty.servlet.*;

public class WebApp {
    static final List<Socket> kept = Collections.synchronizedList(new ArrayList<>());

    /** Asks another server; /leak keeps what it read to its end. */
    public static class Status extends HttpServlet {
        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String answer = askUpstream(Integer.parseInt(request.getParameter("port")),
                                        request.getParameter("leak") != null);
            response.getWriter().println(answer);
        }

        private String askUpstream(int port, boolean leaks) throws IOException {
            Socket upstream = new Socket(InetAddress.getLoopbackAddress(), port);
            upstream.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes());
            byte[] answer = upstream.getInputStream().readAllBytes(); // HERE
            if (leaks)
                kept.add(upstream);
            else
                upstream.close();
            return new String(answer).lines().findFirst().orElse("");
        }
    }

    public static void main(String[] arguments) throws Exception {
        Server server = new Server(0);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(Status.class, "/status");
        server.setHandler(context);
        server.start();
        System.out.println("port " + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
        System.in.read();
        server.stop();
        System.exit(0);
    }
}
