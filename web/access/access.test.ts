import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import type { SymbolsAnswer } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { Access } from "./access.ts";
import { UserSession } from "./user-session.ts";

const NOTHING: SymbolsAnswer = { count: 0, symbols: [] };

function storageOf(kept: Map<string, string>) {
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
}

function setUp(answer: () => Promise<SymbolsAnswer>) {
  const kept = new Map<string, string>();
  const ofDevice = new Map<string, string>();
  const storage = storageOf(kept);
  const clock = new ManualClock();
  const log: string[] = [];
  const settings = { kind: "supabase", url: "http://127.0.0.1:9", publishableKey: "public" } as const;
  const make = (): Access =>
    new Access({
      storage,
      deviceStorage: storageOf(ofDevice),
      url: "http://vyx.test",
      session: new UserSession({
        settings,
        storage,
        clock,
        address: { origin: "http://vyx.test", pathname: "/", hash: "" },
      }),
      now: () => clock.now(),
      reloadPage: () => log.push("anew"),
      onSignOut: () => log.push("signed out"),
      clientWith: (key) => ({
        symbols: () => {
          log.push(`asked with ${key}`);
          return answer();
        },
      }),
    });
  return { access: make(), make, log, kept, ofDevice, clock };
}

test("a good key is kept and used from then on, until it is forgotten", async () => {
  const { access, make, log } = setUp(() => Promise.resolve(NOTHING));
  expect([access.key, access.credential]).toEqual([undefined, undefined]);
  expect(await access.use("  vyx_abc.def ", false)).toBeUndefined();
  expect(log).toEqual(["asked with vyx_abc.def", "anew"]);
  expect([make().key, make().credential]).toEqual(["vyx_abc.def", "vyx_abc.def"]);
  await make().signOut();
  expect([make().key, log.slice(-2)]).toEqual([undefined, ["signed out", "anew"]]);
});

test("a key is remembered on the device only by choice, a tab's own comes first, and forgetting removes both", async () => {
  const { access, make, kept, ofDevice } = setUp(() => Promise.resolve(NOTHING));
  await access.use("device.key", true);
  expect([make().key, make().isRemembered, make().holder, kept.size]).toEqual(["device.key", true, "key", 0]);
  kept.set("vyx.key", "tab.key");
  expect([make().key, make().isRemembered]).toEqual(["tab.key", false]);
  await make().use("other.key", false);
  expect([make().key, ofDevice.size]).toEqual(["other.key", 0]);
  await make().use("device.key", true);
  await make().signOut();
  expect([kept.size, ofDevice.size, make().key, make().holder]).toEqual([0, 0, undefined, "visitor"]);
});

test("a bad key isn't kept, and is told in words", async () => {
  const codes = ["unauthorized", "forbidden", "network"] as const;
  const said = [];
  for (const code of codes) {
    const { access, make } = setUp(() => Promise.reject(new ClientError(code, "no")));
    said.push(await access.use("key", true));
    expect(make().key).toBeUndefined();
  }
  expect(said).toEqual([
    "The server doesn't accept this key.",
    "This key has no permission to read the market.",
    "The server couldn't be reached: no",
  ]);
});

test("what can't be a key isn't sent", async () => {
  const { access, log } = setUp(() => Promise.resolve(NOTHING));
  for (const typed of ["", "two words", "schlüssel"])
    expect(await access.use(typed, false)).toStartWith("This isn't an API key");
  expect(log).toEqual([]);
});

test("whoever is signed in shows their token, as long as it is good for a while", async () => {
  const { make, kept, clock } = setUp(() => Promise.resolve(NOTHING));
  const session = { access_token: "token", expires_at: clock.now() / 1_000 + 61, user: { email: "anna@example.org" } };
  kept.set("vyx.session", JSON.stringify(session));
  const access = make();
  expect([access.user, access.key]).toEqual(["anna@example.org", undefined]);
  const token = access.credential as () => Promise<string | undefined>;
  expect(await token()).toBe("token");
  kept.delete("vyx.session");
  expect(await token()).toBeUndefined();
});

test("who signed in comes in only if the server takes their token", async () => {
  for (const isTaken of [true, false]) {
    const { make, kept, clock, log } = setUp(() =>
      isTaken ? Promise.resolve(NOTHING) : Promise.reject(new ClientError("unauthorized", "no")),
    );
    expect(await make().enter()).toBe("You are not signed in.");
    kept.set("vyx.session", JSON.stringify({ access_token: "token", expires_at: clock.now() / 1_000 + 3_600 }));
    expect(await make().enter()).toBe(isTaken ? undefined : "The server doesn't accept this account.");
    expect(log).toEqual(isTaken ? ["asked with token", "anew"] : ["asked with token"]);
    expect(kept.has("vyx.session")).toBe(isTaken);
  }
});

test("what the tab kept and isn't a session is none", () => {
  const { make, kept } = setUp(() => Promise.resolve(NOTHING));
  for (const text of ["{half", "null", "[]", '{"access_token":1,"expires_at":1}', '{"access_token":"a"}']) {
    kept.set("vyx.session", text);
    expect(make().user).toBeUndefined();
  }
});

test("what is kept and can't be a key is none", () => {
  for (const text of ["", "a b", "ключ", "a\nb", "x".repeat(4_001)]) {
    const { make, kept, ofDevice } = setUp(() => Promise.resolve(NOTHING));
    kept.set("vyx.key", text);
    ofDevice.set("vyx.key", text);
    expect([make().key, make().isRemembered]).toEqual([undefined, false]);
  }
});
