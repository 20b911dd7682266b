import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { until } from "../../tests/helpers/until.ts";
import { feedServiceWatchdog } from "./service-watchdog.ts";

const folder = mkdtempSync(join(tmpdir(), "vyx-watchdog-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("systemd hears three times in the time that it allows, until the server stops", async () => {
  const clock = new ManualClock();
  const states: string[] = [];
  const ending = new AbortController();
  const environment = { WATCHDOG_USEC: "60000000", NOTIFY_SOCKET: "/run/systemd/notify" };
  const notify = async (state: string): Promise<void> => void states.push(state);
  const feeding = feedServiceWatchdog({ environment, clock, warn: () => {}, notify }, ending.signal);
  for (const count of [1, 2, 3, 4]) {
    await until(() => clock.sleepers === 1);
    expect(states).toEqual(Array(count).fill("WATCHDOG=1"));
    await clock.turn(20_000);
  }
  ending.abort();
  await feeding;
});

test.each([
  {},
  { WATCHDOG_USEC: "0", NOTIFY_SOCKET: "/x" },
  { WATCHDOG_USEC: "soon", NOTIFY_SOCKET: "/x" },
  { WATCHDOG_USEC: "5" },
])("without a watchdog (%j) nothing is sent", async (environment) => {
  const notify = (): Promise<void> => Promise.reject(new Error("nobody asked"));
  const warn = (message: string): void => expect(message).toBe("none");
  await feedServiceWatchdog({ environment, clock: new ManualClock(), warn, notify }, new AbortController().signal);
});

test("a notification that fails is told once, and tried again", async () => {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const ending = new AbortController();
  let tries = 0;
  const notify = (): Promise<void> => {
    tries += 1;
    return Promise.reject(new Error("systemd-notify isn't there"));
  };
  const environment = { WATCHDOG_USEC: "3000000", NOTIFY_SOCKET: "/x" };
  const feeding = feedServiceWatchdog(
    { environment, clock, warn: (line) => warnings.push(line), notify },
    ending.signal,
  );
  await until(() => clock.sleepers === 1);
  await clock.turn(1_000);
  await until(() => tries === 2);
  ending.abort();
  await feeding;
  expect(warnings).toEqual([expect.stringContaining("systemd-notify isn't there")]);
});

/** Receives one datagram at the path that it is given, and prints it. Perl is part of every Debian; the runtime has no Unix datagrams. */
const RECEIVER = `use Socket; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die;
$| = 1; print "bound\\n"; recv($s, my $m, 4096, 0); print $m;`;

test.skipIf(Bun.which("systemd-notify") === null || Bun.which("perl") === null)(
  "systemd's own program sends it to the socket that systemd names",
  async () => {
    const socket = join(folder, "notify");
    const receiver = Bun.spawn(["perl", "-e", RECEIVER, socket], { stdout: "pipe", stderr: "inherit" });
    const reader = receiver.stdout
      .pipeThrough(new TextDecoderStream() as never)
      .getReader() as ReadableStreamDefaultReader<string>;
    expect((await reader.read()).value).toBe("bound\n");
    // In a process of its own, as systemd starts it.
    const program = `import { feedServiceWatchdog } from ${JSON.stringify(join(import.meta.dir, "service-watchdog.ts"))};
      import { systemClock } from ${JSON.stringify(join(import.meta.dir, "clock.ts"))};
      const ending = new AbortController();
      await feedServiceWatchdog({ environment: process.env, clock: systemClock, warn: console.error }, ending.signal);`;
    const environment = { ...process.env, WATCHDOG_USEC: "60000000", NOTIFY_SOCKET: socket };
    const sender = Bun.spawn([process.execPath, "-e", program], {
      env: environment,
      stdout: "ignore",
      stderr: "inherit",
    });
    expect((await reader.read()).value).toContain("WATCHDOG=1");
    sender.kill("SIGKILL");
    receiver.kill("SIGKILL");
    await Promise.all([sender.exited, receiver.exited]);
  },
);
