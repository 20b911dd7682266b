import { connect, headers } from "@nats-io/transport-node";
import { finalsOf } from "../../../src/cluster/nats/subjects.ts";
import type { RunningNats } from "../../helpers/nats.ts";

/** Marks a message that is published again. */
const AGAIN = "Vyx-Test-Again";

/** A copy comes so long after its message, in milliseconds: at once, or as from a node that was frozen. */
const LATEST_MS = 20_000;

/** A node at fault: everything final is published again, once with the id that it had and once without, at once or later. */
export async function publishTwice(
  servers: readonly RunningNats[],
  random: () => number,
): Promise<{ readonly counts: { same: number; without: number }; stop(): Promise<void> }> {
  // Servers are killed meanwhile.
  const connection = await connect({ servers: servers.map(({ url }) => url), maxReconnectAttempts: -1 });
  const counts = { same: 0, without: 0 };
  const timers = new Set<ReturnType<typeof setTimeout>>();
  connection.subscribe(finalsOf("binance"), {
    callback: (error, message) => {
      if (error !== null || message.headers?.has(AGAIN) === true) return;
      for (const kind of ["same", "without"] as const) {
        const labels = headers();
        for (const [name, values] of message.headers ?? []) {
          if (kind === "same" || name !== "Nats-Msg-Id") labels.set(name, values[0] ?? "");
        }
        labels.set(AGAIN, "1");
        const timer = setTimeout(
          () => {
            timers.delete(timer);
            if (connection.isClosed()) return;
            connection.publish(message.subject, message.data, { headers: labels });
            counts[kind] += 1;
          },
          random() < 0.5 ? 0 : random() * LATEST_MS,
        );
        timers.add(timer);
      }
    },
  });
  return {
    counts,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      await connection.close();
    },
  };
}
