import { describe, expect, test } from "bun:test";
import { CODE_FILES, isTestCode, type ProjectPath, read } from "./project.ts";

/** What goes when Redis does: the room, and its commands. */
const FOLDERS = ["src/migrate/", "src/cli/migrate/"];

/**
 * Who may speak of it, and what goes there with it: the two variables where they are read, and the one call in each host of
 * the functions.
 */
const KNOWN_TO: Readonly<Record<ProjectPath, string>> = {
  "src/cli/main.ts": "the command `vyx migrate`",
  "src/cli/config.ts": "the variables VYX_SOURCE and VYX_SOURCE_SHARE",
  "src/cli/settings.ts": "their values, as they are read",
  "src/cli/serve.ts": "chooses the source of the functions that the server hosts",
  "supabase/functions/_shared/functions.ts": "chooses the source of the functions that Deno hosts",
};

const CODE = CODE_FILES.filter((path) => /^(src|supabase|web)\//.test(path) && !isTestCode(path));

describe("Redis can be taken away", () => {
  test("nothing else knows it: neither the folder, nor its variables, nor a client of Redis", () => {
    const knows = /\/migrate\/|VYX_SOURCE|UPSTASH_REDIS|RedisClient/;
    const knowing = CODE.filter((path) => !FOLDERS.some((folder) => path.startsWith(folder)) && knows.test(read(path)));
    expect(knowing).toEqual(Object.keys(KNOWN_TO).sort());
  });
});
