import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { SymbolsAnswer } from "../../src/wire/mod.ts";
import { PUBLISHABLE_KEY, SignInProject } from "../../tests/helpers/sign-in-project.ts";
import { Access } from "./access.ts";
import { UserSession } from "./user-session.ts";

const [ANNA, MALLORY] = ["anna@example.org", "mallory@example.org"];
const PASSWORD = "a-password-for-this-test";
const HOUR_MS = 3_600_000;
const ADDRESS = "http://vyx.test/";

let project: SignInProject;
let kept: Map<string, string>;
beforeEach(async () => {
  project = await SignInProject.start();
  for (const email of [ANNA, MALLORY]) project.addAccount(email, PASSWORD);
  kept = new Map();
});
afterEach(() => project.stop());

const storage = {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => void kept.set(name, value),
  removeItem: (name: string) => void kept.delete(name),
};

/** The tab's session, as after the page was loaded at an address with this behind the #. */
function load(hash = ""): UserSession {
  return new UserSession({
    settings: { kind: "supabase", url: project.url, publishableKey: PUBLISHABLE_KEY },
    storage,
    clock: { now: () => Date.now(), sleep: () => Promise.reject(new Error("nothing sleeps here")) } as never,
    address: { origin: "http://vyx.test", pathname: "/", hash },
  });
}

const renewals = (): number => project.asked.filter((one) => one === "POST token refresh_token").length;

async function linkFor(email: string): Promise<string> {
  await load().recover(email);
  return new URL(project.mailed.at(-1) ?? ADDRESS).hash;
}

describe("where this machine's clock and the project's differ", () => {
  test.each([2, 0.98, -2])("by %d hours, a token that was just given out is good as long as it says", async (hours) => {
    project.aheadMs = -hours * HOUR_MS;
    const session = load();
    expect(await session.signIn(ANNA, PASSWORD)).toBeUndefined();
    const token = await session.token();
    for (let request = 0; request < 5; request++) expect(await session.token()).toBe(token);
    // As the library itself sees it, when it wakes up with the page.
    expect(await load().token()).toBe(token);
    expect(renewals()).toBe(0);
    expect(await session.renew()).toBe(true);
    const newer = await session.token();
    expect(newer).not.toBe(token);
    expect(await session.token()).toBe(newer);
    expect(renewals()).toBe(1);
    expect(Math.abs(untilWhen() - Date.now() - HOUR_MS)).toBeLessThan(60_000);
  });

  test.each([2, 0.98, -2])("by %d hours, so is one that a mail brings", async (hours) => {
    project.aheadMs = -hours * HOUR_MS;
    const session = load(await linkFor(ANNA));
    expect(await session.choosePassword("another-password")).toBeUndefined();
    const before = renewals();
    const token = await session.token();
    expect(await load().token()).toBe(token);
    expect(renewals()).toBe(before);
    expect(Math.abs(untilWhen() - Date.now() - HOUR_MS)).toBeLessThan(60_000);
  });

  const untilWhen = (): number =>
    (JSON.parse(kept.get("vyx.session") ?? "{}") as { expires_at: number }).expires_at * 1_000;
});

describe("a mail's link to choose a password", () => {
  test("says whose account it is, and signs nobody in before a password was chosen", async () => {
    await load().signIn(ANNA, PASSWORD);
    const page = load(await linkFor(MALLORY));
    expect(page.link).toMatchObject({ kind: "recovery", email: MALLORY });
    expect(await page.choosePassword("short")).toContain("at least 6 characters");
    expect([page.user, load().user]).toEqual([ANNA, ANNA]);
    expect(await page.choosePassword("another-password")).toBeUndefined();
    expect([page.user, load().user]).toEqual([MALLORY, MALLORY]);
    expect(await load().signIn(MALLORY, "another-password")).toBeUndefined();
  });

  test("is worth nothing when its tokens are of different people", async () => {
    await load().signIn(ANNA, PASSWORD);
    const parts = new URLSearchParams((await linkFor(MALLORY)).slice(1));
    // It has run out, so that the refresh token alone says who it is.
    parts.set("access_token", await project.token({ email: ANNA, exp: 1_000_000_000 }));
    const page = load(`#${parts}`);
    expect(page.link).toMatchObject({ email: ANNA });
    expect(await page.choosePassword("another-password")).toStartWith(`The link in the e-mail isn't for ${ANNA}`);
    expect(load().user).toBe(ANNA);
    expect(await load().signIn(MALLORY, PASSWORD)).toBeUndefined();
  });
});

test("whoever comes in while the project can't be reached is told so, and stays signed in", async () => {
  const session = load();
  await session.signIn(ANNA, PASSWORD);
  session.token = () => Promise.reject(new Error("The sign-in service can't be reached: 503"));
  const access = new Access({
    storage,
    deviceStorage: storage,
    url: ADDRESS,
    session,
    now: () => Date.now(),
    reloadPage: () => {},
    clientWith: () => ({ symbols: () => Promise.resolve({} as SymbolsAnswer) }),
  });
  expect(await access.enter()).toBe("The sign-in service can't be reached: 503");
  expect(load().user).toBe(ANNA);
});
