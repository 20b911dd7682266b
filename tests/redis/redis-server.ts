import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient } from "bun";

export const hasRedis: boolean = Bun.which("redis-server") !== null;

/** A real redis-server of our own, in memory. */
export interface RunningRedis {
  /** Over its Unix socket. */
  readonly socketUrl: string;
  /** Over TCP, redis://127.0.0.1:… */
  readonly url: string;
  /** A client of it, which ends with it. */
  readonly client: RedisClient;
  stop(): Promise<void>;
}

/** Starts a server. It listens on a Unix socket only, as no port is sure to be free; a door of ours is its TCP port. */
export async function startRedis(): Promise<RunningRedis> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-redis-"));
  const socket = join(folder, "redis.sock");
  // It ends with us, however we end.
  const endsWithUs = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig=KILL"];
  const settings = ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", folder];
  const server = Bun.spawn([...endsWithUs, "redis-server", ...settings], {
    cwd: "/",
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  await saysReady(server.stdout);
  const door = openDoor(socket);
  const socketUrl = `redis+unix://${socket}`;
  const client = new RedisClient(socketUrl);
  return {
    socketUrl,
    url: `redis://127.0.0.1:${door.port}`,
    client,
    stop: async () => {
      client.close();
      door.stop(true);
      server.kill("SIGKILL");
      await server.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Half {
  other: Bun.Socket<Half> | undefined;
  /** What came before the other half was there. */
  readonly waiting: Buffer[];
}

/** A TCP port whose connections go on to a Unix socket. */
function openDoor(unix: string): Bun.TCPSocketListener<Half> {
  const pass = (socket: Bun.Socket<Half>, data: Buffer): void => {
    const { other, waiting } = socket.data;
    if (other === undefined) waiting.push(Buffer.from(data));
    else other.write(data);
  };
  const end = (socket: Bun.Socket<Half>): void => void socket.data.other?.end();
  return Bun.listen<Half>({
    hostname: "127.0.0.1",
    port: 0,
    data: { other: undefined, waiting: [] },
    socket: {
      open: (near) => {
        near.data = { other: undefined, waiting: [] };
        void Bun.connect<Half>({
          unix,
          data: { other: near, waiting: [] },
          socket: {
            open: (far) => {
              for (const data of near.data.waiting.splice(0)) far.write(data);
              near.data.other = far;
            },
            data: pass,
            close: end,
          },
        });
      },
      data: pass,
      close: end,
    },
  });
}

async function saysReady(log: ReadableStream<Uint8Array>): Promise<void> {
  const reader = log.pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>;
  let text = "";
  while (!/ready to accept connections/i.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`redis-server ended: ${text}`);
    text += value;
  }
  void (async () => {
    while (!(await reader.read()).done);
  })();
}
