import { type Clock, millis, reasonOf, type StopSignal } from "../core/mod.ts";

/** Notifications within the time that systemd allows without any: one may come late, and the next one is in time. */
const NOTIFICATIONS_PER_TIMEOUT = 3;

/** What the watchdog is made of. */
export interface ServiceWatchdogParts {
  /** What systemd sets for a unit with `WatchdogSec`: see sd_watchdog_enabled(3). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** Sends one notification to systemd; {@link notifySystemd} unless said. Rejects when that fails. */
  readonly notify?: (state: string) => Promise<void>;
}

/**
 * Tells systemd regularly that the event loop still turns, until the signal is aborted. If it doesn't for `WatchdogSec`, systemd restarts
 * the server. Does nothing where systemd doesn't ask for it. Never rejects.
 */
export async function feedServiceWatchdog(parts: ServiceWatchdogParts, signal: StopSignal): Promise<void> {
  const { environment, clock, warn, notify = notifySystemd } = parts;
  const timeoutMs = Number(environment.WATCHDOG_USEC) / 1_000;
  if (!(timeoutMs > 0) || environment.NOTIFY_SOCKET === undefined) return;
  let hasFailed = false;
  while (!signal.aborted) {
    try {
      await notify("WATCHDOG=1");
      hasFailed = false;
    } catch (cause) {
      if (!hasFailed) warn(`systemd isn't told that the server is well, and will restart it: ${reasonOf(cause)}`);
      hasFailed = true;
    }
    await clock.sleep(millis(Math.floor(timeoutMs / NOTIFICATIONS_PER_TIMEOUT)), signal).catch(() => {});
  }
}

/** Sends through systemd's own program, because the runtime has no Unix datagrams. The unit needs `NotifyAccess=all` for it. */
async function notifySystemd(state: string): Promise<void> {
  const program = Bun.spawn(["systemd-notify", state], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [code, words] = await Promise.all([program.exited, new Response(program.stderr).text()]);
  if (code !== 0) throw new Error(`systemd-notify ended with ${code}: ${words.trim()}`);
}
