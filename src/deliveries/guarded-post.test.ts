import { afterAll, beforeAll, expect, test } from "bun:test";
import { guardedPost, type PostingRules } from "./guarded-post.ts";

let receiver: ReturnType<typeof Bun.serve>;
let calls = 0;
beforeAll(() => {
  receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      calls += 1;
      const { pathname } = new URL(request.url);
      const code = Number(/^\/moved-(\d+)$/.exec(pathname)?.[1]);
      if (code > 0) return new Response(null, { status: code, headers: { location: here("/landed") } });
      if (pathname === "/large") return new Response("x".repeat(1_000_000));
      return new Response(`${request.headers.get("host")} got ${await request.text()}`, { status: 201 });
    },
  });
});
afterAll(() => receiver.stop(true));

const post = (url: string, rules: Partial<PostingRules> = {}) =>
  guardedPost({ url, headers: {}, body: "hello" }, { isAllowed: () => false, ...rules });
const allowed = { isAllowed: (address: string) => address === "127.0.0.1" };
const here = (path = "/") => `http://127.0.0.1:${receiver.port}${path}`;

test("a name is resolved once, and the connection goes to the address that was looked at", async () => {
  const asked: string[] = [];
  const addressesOf = async (name: string) => {
    asked.push(name);
    return asked.length === 1 ? ["127.0.0.1"] : ["10.0.0.1"];
  };
  const { status, text } = await post(`http://hooks.example:${receiver.port}/a`, { ...allowed, addressesOf });
  expect([status, text, asked]).toEqual([201, `hooks.example:${receiver.port} got hello`, ["hooks.example"]]);
});

test("nothing is sent to an address inside, whatever it is called and however it is written", async () => {
  calls = 0;
  const port = receiver.port;
  const urls = [
    ...[
      here(),
      `http://localhost:${port}/`,
      `http://2130706433:${port}/`,
      `http://0x7f.1:${port}/`,
      `http://0177.0.0.1:${port}/`,
    ],
    ...[
      `http://[::1]:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      `http://[::ffff:7f00:1]:${port}/`,
      `http://127.1:${port}/`,
      ...[`http://0:${port}/`, `http://127.0.0.1.:${port}/`, `http://LOCALHOST:${port}/`],
      ...[`http://①②⑦.⓪.⓪.①:${port}/`, `http://127%2e0%2e0%2e1:${port}/`, `http://0x7f000001:${port}/`],
    ],
    ...["https://169.254.169.254/latest/meta-data/", "https://10.1.2.3/", "https://[fd00::1]/", "https://[fe80::1]/"],
  ];
  for (const url of urls) await expect(post(url)).rejects.toThrow("isn't at an address of the public internet");
  // One address of several is enough.
  const addressesOf = async () => ["1.1.1.1", "192.168.0.9"];
  await expect(post("https://mixed.example/", { addressesOf })).rejects.toThrow(
    "mixed.example isn't at an address of the public internet: nothing is sent there unless the server's --webhook-networks has it",
  );
  expect(calls).toBe(0);
});

test("an address that isn't one, or isn't encrypted, is refused in words", async () => {
  const addressesOf = async () => ["1.1.1.1"];
  await expect(post("nonsense")).rejects.toThrow("the address is no URL: expected https://…");
  await expect(post("ftp://files.example/")).rejects.toThrow("ftp: isn't a way to send: expected https://");
  await expect(post("https://user:word@hooks.example/")).rejects.toThrow("has a user's name or password");
  await expect(post("http://hooks.example/", { addressesOf })).rejects.toThrow("http://hooks.example isn't encrypted");
  await expect(post("https://nobody.example/", { addressesOf: async () => [] })).rejects.toThrow(
    "nobody.example has no address",
  );
});

test("a name that means a public address first and one inside a moment later reaches nothing inside", async () => {
  const inside = Bun.serve({
    port: receiver.port as number,
    hostname: "127.0.0.2",
    fetch: () => new Response("inside"),
  });
  let asked = 0;
  const rules = { ...allowed, addressesOf: async () => [asked++ % 2 === 0 ? "127.0.0.1" : "127.0.0.2"] };
  const name = `http://rebound.example:${receiver.port}/`;
  for (let round = 0; round < 5; round += 1) {
    expect((await post(name, rules)).text).toStartWith("rebound.example");
    await expect(post(name, rules)).rejects.toThrow("isn't at an address of the public internet");
  }
  expect([asked, inside.pendingRequests]).toEqual([10, 0]);
  // It is there, so the silence above means something.
  expect((await post(`http://127.0.0.2:${receiver.port}/`, { isAllowed: () => true })).text).toBe("inside");
  await inside.stop(true);
});

test("redirects aren't followed, large answers are cut, and who isn't there is said to be so", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    calls = 0;
    expect([(await post(here(`/moved-${status}`), allowed)).status, calls]).toEqual([status, 1]);
  }
  expect((await post(here("/large"), allowed)).text.length).toBe(16 * 1024);
  await expect(post("http://127.0.0.1:1/", allowed)).rejects.toThrow("127.0.0.1:1 can't be reached");
});
