import { expect, test } from "bun:test";
import { isIPv6 } from "node:net";
import { guardedPost } from "./guarded-post.ts";
import { isPublicAddress } from "./public-address.ts";

const PUBLIC = ["1.1.1.1", "8.8.8.8", "149.154.167.220", "2606:4700:4700::1111", "2001:4860:4860::8888"];

/** Private, loopback, link-local (a cloud's metadata among them), shared, multicast, reserved, and the same written as IPv6. */
const INSIDE = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254"],
  ...["172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.0.1", "192.168.255.255", "198.18.0.1"],
  ...["198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"],
  ...[
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "::7f00:1",
    "::a9fe:a9fe",
    "4000::1",
    "64:ff9b::a00:1",
  ],
  ...[
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:db8::1",
    "2001::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
  ],
  ...["fec0::1", "ff02::1", "100::1", "2002:a00:1::", "::ffff:0:10.0.0.1", "fe80::5efe:10.0.0.1", "64:ff9b::7f00:1"],
  ...["::ffff:192.168.0.1", "::ffff:169.254.169.254", "2001:10::1", "ff05::1:3", "::ffff:172.16.0.1", "fdff::1"],
  ...["", "localhost", "1.2.3", "0x7f.0.0.1x", "not an address"],
];

test("nothing is sent to any of them, neither by number nor by a name that means one", async () => {
  const numbers = INSIDE.filter(
    (address) => /^[\d.]+\d$|:/.test(address) && !address.includes("%") && address !== "1.2.3",
  );
  expect(numbers.length).toBeGreaterThan(50);
  for (const number of numbers) {
    const host = isIPv6(number) ? `[${number}]` : number;
    const send = (url: string, addressesOf?: () => Promise<string[]>) =>
      guardedPost({ url, headers: {}, body: "" }, { isAllowed: () => false, ...(addressesOf && { addressesOf }) });
    await expect(send(`https://${host}/`)).rejects.toThrow("isn't at an address of the public internet");
    await expect(send("https://hooks.example/", async () => ["1.1.1.1", number])).rejects.toThrow(
      "hooks.example isn't at an address",
    );
  }
});

test("only addresses of the public internet are public, however they are written", () => {
  expect(PUBLIC.filter((address) => !isPublicAddress(address))).toEqual([]);
  expect(INSIDE.filter(isPublicAddress)).toEqual([]);
});
