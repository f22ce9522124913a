"""A server that behaves as InfluxDB 2 and 3 do when things go well and when they do not.

Prints its port. `--port N` asks for one, `--keep FILE` also writes the lines to a file. POST /mode sets how the next writes are answered (JSON: status, count, retry_after, delay, close);
GET /lines gives every line that was stored, GET /requests the paths and headers of the writes.
"""
import gzip, http.server, json, sys, threading, time

lines, requests, mode, lock = [], [], {}, threading.Lock()
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
kept = open(options["--keep"], "a", buffering=1) if "--keep" in options else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with lock:
            self.answer(200, json.dumps(lines if self.path == "/lines" else requests).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/mode":
            with lock:
                mode.clear()
                mode.update(json.loads(body))
            return self.answer(200)
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with lock:
            requests.append([self.path, dict(self.headers)])
            now = dict(mode)
            if mode:
                mode["count"] = mode.get("count", 1) - 1
                if mode["count"] <= 0:
                    mode.clear()
        if now:
            time.sleep(now.get("delay", 0))
            if now.get("close"):
                self.wfile.write(b"HTTP/1.1 204 No")
                self.close_connection = True
                return self.connection.shutdown(1)
            if now.get("status", 204) != 204:
                headers = [("Retry-After", str(now["retry_after"]))] if "retry_after" in now else []
                return self.answer(now["status"], b'{"code":"fault","message":"made on purpose"}', headers)
        if self.headers.get("Authorization") not in ("Token secret", "Bearer secret"):
            return self.answer(401, b'{"code":"unauthorized","message":"unauthorized access"}')
        texts = [line for line in body.decode().split("\n") if line]
        bad = [line for line in texts if line.startswith("poison")]
        with lock:
            good = [line for line in texts if line not in bad]
            lines.extend(good)
            if kept:
                kept.writelines(line + "\n" for line in good)
        if bad and "/api/v3/" in self.path:
            data = [{"original_line": line, "line_number": texts.index(line) + 1, "error_message": "poisoned"} for line in bad]
            return self.answer(400, json.dumps({"error": "partial write of line protocol occurred", "data": data}).encode())
        if bad:
            return self.answer(400, b'{"code":"invalid","message":"partial write: poisoned"}')
        self.answer(204)


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(options.get("--port", 0))), Handler)
print(server.server_address[1], flush=True)
if not kept:
    # A test's stub ends with the test.
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever()
