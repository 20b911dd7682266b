import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pinned } from "./pinned.ts";

/** nginx that serves files, on one core. */
export interface Nginx {
  readonly url: string;
  /** "nginx/1.22.1". */
  readonly version: string;
  stop(): Promise<void>;
}

/** Starts nginx with these files, by their paths, and waits until it serves the first one as it is. */
export async function startNginx(core: number, files: ReadonlyMap<string, Uint8Array>): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  // The worker of an nginx that root starts is another user.
  chmodSync(folder, 0o755);
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const port = freePort();
  writeFileSync(join(folder, "nginx.conf"), configOf(folder, port, files.size));
  const nginx = pinned(core, ["/usr/sbin/nginx", "-c", join(folder, "nginx.conf"), "-p", folder]);
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await nginx.stop();
    rmSync(folder, { recursive: true });
  };
  const [[path, bytes] = ["", new Uint8Array()]] = files;
  for (let tries = 0; !(await isServed(url + path, bytes)); tries += 1) {
    if (tries < 100) await Bun.sleep(20);
    else {
      await stop();
      throw new Error(`nginx doesn't serve ${path} as it is`);
    }
  }
  return { url, version: versionOf(), stop };
}

/** nginx at its best for files: one worker, sendfile, descriptors kept open, no log, connections kept. */
function configOf(folder: string, port: number, files: number): string {
  return `daemon off; worker_processes 1; worker_rlimit_nofile 65536; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 60s;
  open_file_cache max=${files + 16} inactive=600s; open_file_cache_valid 600s; types { application/json json; }
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}
`;
}

async function isServed(url: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const response = await fetch(url);
    return response.ok && Buffer.compare(Buffer.from(await response.bytes()), Buffer.from(bytes)) === 0;
  } catch {
    return false;
  }
}

function versionOf(): string {
  const said = new TextDecoder().decode(Bun.spawnSync(["/usr/sbin/nginx", "-v"]).stderr);
  return said.trim().replace(/^.*: /, "");
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}
