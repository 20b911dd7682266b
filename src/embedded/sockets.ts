import { lstatSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The beginning of the names of the folders, in the system's for temporary files, that hold the embedded database's socket. */
export const SOCKET_FOLDER = "vyx-database-";

/** The socket in such a folder, as PostgreSQL's clients expect it. */
export const SOCKET = ".s.PGSQL.5432";

/**
 * Removes what killed processes left: a socket that refuses connections is nobody's any more. A folder without a socket is
 * kept, as its database may be about to start. So is what can't be examined or removed: it is another user's.
 */
export async function removeDeadSockets(folder: string = tmpdir()): Promise<void> {
  const names = readdirSync(folder).filter((name) => name.startsWith(SOCKET_FOLDER));
  await Promise.all(
    names.map(async (name) => {
      const place = join(folder, name);
      try {
        if (!lstatSync(place).isDirectory() || !(await isDead(join(place, SOCKET)))) return;
        rmSync(place, { recursive: true, force: true });
      } catch {
        // Another user's, or another server was first.
      }
    }),
  );
}

/** Whether a socket is there and nobody listens. */
function isDead(socket: string): Promise<boolean> {
  if (!lstatSync(socket).isSocket()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const connection = connect({ path: socket });
    connection.once("connect", () => {
      connection.destroy();
      resolve(false);
    });
    connection.once("error", (cause) => resolve("code" in cause && cause.code === "ECONNREFUSED"));
  });
}
