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
      if (pathname === "/moved")
        return new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } });
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

test("redirects aren't followed, large answers are cut, and who isn't there is said to be so", async () => {
  expect((await post(here("/moved"), allowed)).status).toBe(302);
  expect((await post(here("/large"), allowed)).text.length).toBe(16 * 1024);
  await expect(post("http://127.0.0.1:1/", allowed)).rejects.toThrow("127.0.0.1:1 can't be reached");
});
