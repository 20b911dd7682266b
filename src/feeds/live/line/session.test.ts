import { afterEach, expect, test } from "bun:test";
import { ManualClock } from "../../../../tests/helpers/clock.ts";
import { Session, type SessionParts } from "./session.ts";

let session: Session | undefined;
afterEach(() => session?.end("the test is over"));

/** A session whose socket is the test's, opened. */
function opened({
  limits = {},
  ...parts
}: { limits?: Partial<SessionParts["limits"]> } & Partial<Omit<SessionParts, "limits">>) {
  const clock = new ManualClock();
  const sent: [atMs: number, text: string][] = [];
  const quiet: number[] = [];
  const socket = {
    onopen: () => {},
    send: (text: string) => void sent.push([clock.stopwatch(), text]),
    close: () => {},
  };
  session = new Session(1, ["a", "b"], "ws://exchange/", {
    clock,
    stopwatch: clock.stopwatch,
    handlers: { up: () => {}, text: () => {}, down: () => {}, quiet: (_, ms) => void quiet.push(ms) },
    open: () => socket as unknown as WebSocket,
    subscribe: [],
    limits: { messageEveryMs: 100, silentAfterMs: 20_000, pingEveryMs: undefined, ...limits },
    ...parts,
  });
  socket.onopen();
  return { clock, sent, quiet, session };
}

test("what begins its streams is sent once it is open, however many messages that takes, at the exchange's pace", async () => {
  const subscribe = Array.from({ length: 40 }, (_, at) => `subscribe ${at}`);
  const { clock, sent, session } = opened({ subscribe });
  session.say(["later"]);
  await clock.turn(10_000);
  expect(sent).toEqual([...subscribe, "later"].map((text, at) => [at * 100, text]));
});

test("it is pinged for as long as it is up, before all that waits", async () => {
  const { clock, sent, session } = opened({
    limits: { pingEveryMs: 5_000, messageEveryMs: 1_000 },
    ping: (id) => `ping ${id}`,
  });
  await clock.turn(4_000);
  session.say(["one", "two", "three"]);
  await clock.turn(6_500);
  session.end("enough");
  await clock.turn(20_000);
  expect(sent).toEqual([
    [4_000, "one"],
    [5_000, "ping 1"],
    [6_000, "two"],
    [7_000, "three"],
    [10_000, "ping 2"],
  ]);
});

test("it counts as quiet after as long as the exchange's streams may be", async () => {
  const { clock, quiet, session } = opened({});
  await clock.turn(15_000);
  session.noteData();
  await clock.turn(19_000);
  expect(quiet).toEqual([]);
  await clock.turn(2_000);
  expect(quiet).toEqual([20_000, 21_000]);
});

test("a request of several messages waits whole, or isn't made: an end without its new beginning would lose streams", async () => {
  const { clock, sent, session } = opened({ subscribe: ["subscribe"] });
  const many = Array.from({ length: 22 }, (_, at) => `first ${at}`);
  session.say(many);
  session.say(["end", "begin"]);
  await clock.turn(10_000);
  session.say(["end again", "begin again"]);
  await clock.turn(1_000);
  expect(sent.map(([, text]) => text)).toEqual(["subscribe", ...many, "end again", "begin again"]);
});
