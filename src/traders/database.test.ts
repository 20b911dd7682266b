import { afterEach, expect, test } from "bun:test";
import { openDatabase } from "./mod.ts";

const outside = process.env.PGPASSWORD;
afterEach(() => {
  if (outside === undefined) delete process.env.PGPASSWORD;
  else process.env.PGPASSWORD = outside;
});

/** PostgreSQL's question for a password in clear text: AuthenticationCleartextPassword. */
const ASK_PASSWORD = Uint8Array.of(0x52, 0, 0, 0, 8, 0, 0, 0, 3);

test.each(["a/b#c%d", "50% of /#?@:", "plain"])(
  "the password %j in PGPASSWORD reaches the database as it is, for a URL without one",
  async (password) => {
    const told = Promise.withResolvers<string>();
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket, data) => {
          if (data[0] === 0x70) {
            told.resolve(data.subarray(5, -1).toString());
            socket.end();
          } else socket.write(ASK_PASSWORD);
        },
      },
    });
    process.env.PGPASSWORD = password;
    const sql = openDatabase({ url: `postgres://vyx@127.0.0.1:${listener.port}/vyx`, connections: 1 });
    sql`select 1`.catch(() => {});
    expect(await told.promise).toBe(password);
    await sql.end({ timeout: 0 });
    listener.stop(true);
  },
);
