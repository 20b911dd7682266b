import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientOptions } from "../../src/client/mod.ts";
import { createAuthority, hasOpenssl } from "../helpers/certificates.ts";
import { freePort } from "../helpers/free-port.ts";

const DEPLOY = join(import.meta.dir, "../../deploy");
const caddy = Bun.which("caddy");
// Debian keeps servers in sbin, which isn't on everyone's path.
const nginx = Bun.which("nginx", { PATH: `${process.env.PATH}:/usr/sbin` });

export const hasCaddy: boolean = caddy !== null;
/** Its configuration has TLS, for which a test makes a certificate. */
export const hasNginx: boolean = nginx !== null && hasOpenssl;

/** A proxy of the kit in front of servers. */
export interface RunningProxy {
  readonly url: string;
  /** Where it listens without TLS, beside that. */
  readonly plainUrl?: string;
  /** For clients: they trust the proxy's certificate. */
  readonly trusting: {
    readonly fetch: NonNullable<ClientOptions["fetch"]>;
    readonly WebSocket: NonNullable<ClientOptions["WebSocket"]>;
  };
  /** The access log so far. */
  log(): string;
  /** The log of errors so far. */
  errors(): string;
  stop(): Promise<void>;
}

/** Starts Caddy with the kit's file. The site has no TLS: for an address of this machine, Caddy would have to become an authority. */
export async function startCaddy(servers: readonly string[]): Promise<RunningProxy> {
  const url = `http://127.0.0.1:${freePort()}`;
  const folder = mkdtempSync(join(tmpdir(), "vyx-caddy-"));
  const log = join(folder, "access.log");
  const config = join(DEPLOY, "caddy/Caddyfile");
  const child = Bun.spawn([caddy ?? "", "run", "--config", config, "--adapter", "caddyfile"], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      XDG_DATA_HOME: folder,
      VYX_SITE: url,
      VYX_SERVERS: servers.map((server) => new URL(server).host).join(" "),
    },
    stdout: Bun.file(log),
    stderr: Bun.file(join(folder, "error.log")),
  });
  return await running(url, child, folder, log);
}

/** Starts nginx with the kit's file, with the ports, the certificate and the log of a test in place of those that it names. */
export async function startNginx(servers: readonly string[]): Promise<RunningProxy> {
  const authority = createAuthority();
  const { cert, key } = await authority.issue("localhost", 10);
  const folder = mkdtempSync(join(tmpdir(), "vyx-nginx-"));
  // The workers of an nginx that root starts are another user's.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "temp"));
  const [port, plainPort] = [freePort(), freePort()];
  const path = (name: string): string => join(folder, name);
  writeFileSync(path("cert.pem"), cert);
  writeFileSync(path("key.pem"), key);
  const replacements: readonly (readonly [string, string])[] = [
    ["127.0.0.1:8080", new URL(servers[0] ?? "").host],
    ["127.0.0.1:8081", new URL(servers[1] ?? "").host],
    ["listen 80;", `listen 127.0.0.1:${plainPort};`],
    ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
    ["vyx.example.org;", "localhost;"],
    ["/etc/letsencrypt/live/vyx.example.org/fullchain.pem", path("cert.pem")],
    ["/etc/letsencrypt/live/vyx.example.org/privkey.pem", path("key.pem")],
    ["/var/log/nginx/vyx.log", path("access.log")],
    ["/var/log/nginx/error.log", path("error.log")],
  ];
  let recipe = readFileSync(join(DEPLOY, "nginx/vyx.conf"), "utf8");
  for (const [from, to] of replacements) {
    if (!recipe.includes(from)) throw new Error(`nginx/vyx.conf has no "${from}"`);
    recipe = recipe.replaceAll(from, to);
  }
  writeFileSync(path("vyx.conf"), recipe);
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = kinds.map((kind) => `${kind}_temp_path ${path("temp")}/${kind};`).join(" ");
  writeFileSync(
    path("nginx.conf"),
    `daemon off; pid ${path("nginx.pid")}; worker_processes 2; error_log ${path("error.log")} warn;
     events { worker_connections 4096; }
     http { ${temporary} include ${path("vyx.conf")}; }\n`,
  );
  const child = Bun.spawn([nginx ?? "", "-c", path("nginx.conf"), "-p", folder], {
    stdout: "ignore",
    stderr: "inherit",
  });
  const proxy = await running(`https://localhost:${port}`, child, folder, path("access.log"), authority.cert);
  return { ...proxy, plainUrl: `http://127.0.0.1:${plainPort}` };
}

async function running(
  url: string,
  child: Bun.Subprocess,
  folder: string,
  log: string,
  ca?: string,
): Promise<RunningProxy> {
  while (!(await isListening(Number(new URL(url).port)))) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}`);
    await Bun.sleep(20);
  }
  return {
    url,
    trusting: trusting(ca),
    log: () => readFileSync(log, "utf8"),
    errors: () => readFileSync(join(folder, "error.log"), "utf8"),
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function trusting(ca: string | undefined): RunningProxy["trusting"] {
  const tls = ca === undefined ? {} : { tls: { ca } };
  return {
    fetch: (address, init) => fetch(address, { ...init, ...tls }),
    WebSocket: class extends WebSocket {
      constructor(address: string) {
        super(address, tls as never);
      }
    } as unknown as RunningProxy["trusting"]["WebSocket"],
  };
}

async function isListening(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
