import type { Subscription } from "../../src/client/mod.ts";

/** Reads each subscription until it is connected: on a busy machine, a first try may take too long. Rejects with one that fails for good. */
export async function connected(all: readonly Subscription[]): Promise<void> {
  const one = async (subscription: Subscription): Promise<void> => {
    for (;;) {
      const { value, done } = await subscription.next();
      if (done) throw new Error("the subscription was closed before it was connected");
      if (value.type === "connected") return;
    }
  };
  await Promise.all(all.map(one));
}

/** Reads until the subscription is closed. Gives the error with which it ended, if it failed. */
export async function endOf(subscription: Subscription): Promise<unknown> {
  try {
    for await (const _ of subscription);
    return undefined;
  } catch (cause) {
    return cause;
  }
}
