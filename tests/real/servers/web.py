# SPDX-License-Identifier: MIT
"""Web servers, what runs applications, and proxies."""
import loads
from server import Server

PAGE = "a page that a server of Debian's serves\n" * 200

APACHE = """
ServerRoot @folder@
ServerName localhost
Listen 127.0.0.1:@port@
PidFile @folder@/pid
ErrorLog /dev/null
DefaultRuntimeDir @folder@
Mutex file:@folder@ default
LoadModule mpm_{mpm}_module /usr/lib/apache2/modules/mod_mpm_{mpm}.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
TypesConfig /dev/null
User www-data
Group www-data
DocumentRoot @folder@/html
StartServers 2
KeepAliveTimeout 5
GracefulShutdownTimeout 5
"""


def apache(mpm, load=loads.web, more="", name=None):
    return Server(
        name=name or f"apache2_{mpm}", programs=("apache2",), load=load, switches=True,
        files={"html/page": PAGE, "apache2.conf": APACHE.format(mpm=mpm) + more},
        command="@apache2@ -f @folder@/apache2.conf -DFOREGROUND",
        stop="@apache2@ -f @folder@/apache2.conf -k graceful-stop")


PHP = "<?php echo str_repeat('a page of PHP\n', 200); file_get_contents('php://input');\n"
PHP_FPM = """
[global]
error_log = @folder@/log
daemonize = no
[www]
user = www-data
group = www-data
listen = 127.0.0.1:@port2@
pm = static
pm.max_children = 2
"""
NGINX_PHP = """
pid @folder@/nginx.pid;
error_log /dev/null;
user www-data;
worker_processes 1;
events { worker_connections 256; }
http {
    access_log off;
    server {
        listen 127.0.0.1:@port@;
        location / {
            fastcgi_pass 127.0.0.1:@port2@;
            fastcgi_param SCRIPT_FILENAME @folder@/page.php;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_LENGTH $content_length;
        }
    }
}
"""
# Both, below a shell that hands the end on: PHP's requests come to it over TCP.
PHP_BEHIND_NGINX = """#!/bin/sh
@php-fpm@ -F -y @folder@/fpm.conf & fpm=$!
@nginx@ -p @folder@ -e /dev/null -c @folder@/nginx.conf -g 'daemon off;' & nginx=$!
trap 'kill $fpm $nginx' TERM
trap 'kill -QUIT $fpm $nginx' QUIT
wait $fpm; wait $nginx; wait $fpm; wait $nginx
exit 0
"""
WSGI = """
def application(environment, start_response):
    environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a page of an application\\n" * 200]
"""
SQUID = """
http_port 127.0.0.1:@port@
pid_filename @folder@/pid
cache_log @folder@/cache.log
access_log none
cache_store_log none
coredump_dir @folder@
cache_effective_user proxy
acl all_ports port 1-65535
http_access allow localhost
http_access deny all
cache deny all
shutdown_lifetime 1 second
pinger_enable off
logfile_daemon /bin/true
"""
TINYPROXY = """
Port @port@
Listen 127.0.0.1
Timeout 60
MaxClients 50
Allow 127.0.0.1
"""
STUNNEL = """
foreground = yes
pid =
syslog = no
debug = 3
[web]
accept = 127.0.0.1:@port@
connect = 127.0.0.1:@origin@
cert = @folder@/certificate.pem
key = @folder@/key.pem
"""
CERTIFICATE = ("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost "
               "-keyout @folder@/key.pem -out @folder@/certificate.pem",
               "sh -c 'cat @folder@/key.pem @folder@/certificate.pem >@folder@/both.pem'")
TOMCAT = """
<Server port="-1"><Service name="Catalina">
<Connector port="@port@" address="127.0.0.1" protocol="HTTP/1.1"/>
<Engine name="Catalina" defaultHost="localhost">
<Host name="localhost" appBase="webapps" deployXML="false"/>
</Engine></Service></Server>
"""

SERVERS = (
    apache("prefork"),
    apache("worker"),
    apache("event"),
    apache("event", loads.web_front, "ProxyPass / http://127.0.0.1:@origin@/\n",
           "apache2_proxy"),
    Server(name="lighttpd", programs=("lighttpd",), load=loads.web, in_test_sh=True,
           files={"html/page": PAGE, "lighttpd.conf":
                  'server.document-root = "@folder@/html"\nserver.bind = "127.0.0.1"\n'
                  'server.port = @port@\n'},
           command="@lighttpd@ -D -f @folder@/lighttpd.conf", stop_signal="SIGINT"),
    Server(name="php_fpm", programs=("/usr/sbin/php-fpm*", "nginx"), load=loads.web_application,
           files={"page.php": PHP, "fpm.conf": PHP_FPM, "nginx.conf": NGINX_PHP,
                  "both": PHP_BEHIND_NGINX}, switches=True, waits=("port2", "port"),
           command="@folder@/both", stop_signal="SIGQUIT"),
    Server(name="php_web_server", programs=("php",), load=loads.web_application,
           files={"page": "", "page.php": PHP}, stop_signal="SIGINT",
           command="@php@ -S 127.0.0.1:@port@ @folder@/page.php"),
    Server(name="uwsgi", programs=("uwsgi",), load=loads.web_application,
           files={"application.py": WSGI}, stop="@uwsgi@ --stop @folder@/pid",
           command="@uwsgi@ --plugin python3 --http-socket 127.0.0.1:@port@ --master --processes 2"
                   " --threads 2 --die-on-term --wsgi-file @folder@/application.py"
                   " --pidfile @folder@/pid --post-buffering 8192 --need-app"),
    Server(name="gunicorn", programs=("gunicorn",), load=loads.web_application,
           files={"application.py": WSGI}, stop_signal="SIGINT",
           command="@gunicorn@ --workers 2 --bind 127.0.0.1:@port@ --chdir @folder@"
                   " --no-control-socket application".replace(" --no-control-socket", "")),
    Server(name="gunicorn_threads", programs=("gunicorn",), load=loads.web_application,
           files={"application.py": WSGI}, stop_signal="SIGQUIT",
           command="@gunicorn@ --worker-class gthread --threads 4 --bind 127.0.0.1:@port@"
                   " --chdir @folder@ application"),
    Server(name="tomcat", load=loads.web, switches=False,
           programs=("/usr/share/tomcat10/bin/bootstrap.jar", "java"),
           files={"webapps/ROOT/page": PAGE, "conf/server.xml": TOMCAT, "conf/web.xml":
                  '<web-app><servlet><servlet-name>default</servlet-name><servlet-class>'
                  'org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet>'
                  '<servlet-mapping><servlet-name>default</servlet-name>'
                  '<url-pattern>/</url-pattern></servlet-mapping></web-app>', "temp/": ""},
           command="@java@ -Xmx128m -cp @bootstrap.jar@:/usr/share/tomcat10/bin/tomcat-juli.jar"
                   " -Dcatalina.home=/usr/share/tomcat10 -Dcatalina.base=@folder@"
                   " -Djava.io.tmpdir=@folder@/temp org.apache.catalina.startup.Bootstrap start",
           stop_signal="SIGINT"),
    Server(name="jetty", programs=("/usr/share/jetty9/start.jar", "java"), load=loads.web,
           files={"webapps/root/page": PAGE, "tmp/": ""},
           command="@java@ -Xmx128m -Djava.io.tmpdir=@folder@/tmp -jar @start.jar@"
                   " jetty.home=/usr/share/jetty9 jetty.base=@folder@ --module=http,deploy"
                   " jetty.http.host=127.0.0.1 jetty.http.port=@port@", stop_signal="SIGINT"),
    # With its sandbox, so it needs another user than root; what that confines is in an empty root.
    Server(name="chromium", programs=("chromium",), load=loads.debugger, user="nobody",
           blind_spots="could not create their recordings|kernel was not asked",
           files={"profile/": ""}, environment={"HOME": "@folder@", "XDG_CONFIG_HOME": "@folder@"},
           command="@chromium@ --headless --disable-gpu --no-first-run --disable-extensions"
                   " --user-data-dir=@folder@/profile --remote-debugging-port=@port@ about:blank"),
    Server(name="squid", programs=("squid",), load=loads.web_proxy, switches=True,
           files={"squid.conf": SQUID}, command="@squid@ -N -f @folder@/squid.conf",
           stop="@squid@ -f @folder@/squid.conf -k shutdown"),
    Server(name="varnish", programs=("varnishd",), load=loads.web_front, switches=True,
           command="@varnishd@ -F -a 127.0.0.1:@port@ -b 127.0.0.1:@origin@ -n @folder@/work"
                   " -s malloc,16m -T none", stop_signal="SIGINT"),
    Server(name="tinyproxy", programs=("tinyproxy",), load=loads.web_proxy, in_test_sh=True,
           files={"tinyproxy.conf": TINYPROXY},
           command="@tinyproxy@ -d -c @folder@/tinyproxy.conf", stop_signal="SIGINT"),
    Server(name="privoxy", programs=("privoxy",), load=loads.web_proxy,
           files={"config": "listen-address 127.0.0.1:@port@\nlogdir @folder@\n"},
           command="@privoxy@ --no-daemon @folder@/config", stop_signal="SIGINT"),
    Server(name="stunnel", programs=("stunnel4",), load=loads.web_tls,
           files={"stunnel.conf": STUNNEL}, prepare=CERTIFICATE,
           command="@stunnel4@ @folder@/stunnel.conf", stop_signal="SIGINT"),
    Server(name="hitch", programs=("hitch",), load=loads.web_tls, prepare=CERTIFICATE,
           command="@hitch@ --frontend=[127.0.0.1]:@port@ --backend=[127.0.0.1]:@origin@"
                   " --user=nobody --ocsp-dir= @folder@/both.pem", switches=True,
           stop_signal="SIGQUIT"),
    Server(name="h2o", programs=("h2o",), load=loads.web,
           files={"html/page": PAGE, "h2o.conf":
                  "listen: {host: 127.0.0.1, port: @port@}\nuser: nobody\nnum-threads: 2\n"
                  "hosts: {default: {paths: {/: {file.dir: @folder@/html}}}}\n"},
           switches=True, command="@h2o@ -c @folder@/h2o.conf", stop_signal="SIGINT"),
    Server(name="nghttpx", programs=("nghttpx",), load=loads.web_front,
           command="@nghttpx@ --frontend=127.0.0.1,@port@;no-tls --backend=127.0.0.1,@origin@"
                   " --workers=2 --errorlog-file=/dev/null", stop_signal="SIGQUIT"),
    Server(name="mini_httpd", programs=("mini_httpd",), load=loads.web,
           files={"html/page": PAGE},
           command="@mini_httpd@ -D -p @port@ -h 127.0.0.1 -d @folder@/html -u nobody",
           switches=True),
)
