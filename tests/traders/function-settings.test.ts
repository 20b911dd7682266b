import { describe, expect, test } from "bun:test";
import { InvalidInput } from "../../src/core/mod.ts";
import { readSettings, serverUrl } from "../../supabase/functions/_shared/settings.ts";

const read = (variables: Record<string, string>) =>
  readSettings((name) => ({ SUPABASE_DB_URL: "postgres://host/project", ...variables })[name]);

describe("the functions' settings", () => {
  test.each([
    ["VYX_DATABASE_URL", "SUPABASE_DB_URL", ({ databaseUrl }: ReturnType<typeof read>) => databaseUrl],
    [
      "VYX_SUPABASE_JWT_SECRET",
      "SUPABASE_JWT_SECRET",
      ({ userTokens }: ReturnType<typeof read>) => userTokens.jwtSecret,
    ],
    ["VYX_SUPABASE_JWKS_URL", "SUPABASE_JWKS_URL", ({ userTokens }: ReturnType<typeof read>) => userTokens.jwksUrl],
  ])("%s can be set where %s is reserved, and has precedence over it", (ours, reserved, value) => {
    expect(value(read({ [reserved]: "reserved" }))).toBe("reserved");
    expect(value(read({ [ours]: "ours" }))).toBe("ours");
    expect(value(read({ [ours]: "ours", [reserved]: "reserved" }))).toBe("ours");
  });

  test("tokens are the project's own, unless their keys come from elsewhere", () => {
    const issuer = "https://abc.supabase.co/auth/v1";
    for (const SUPABASE_URL of ["https://abc.supabase.co", "https://abc.supabase.co/"]) {
      const own = { jwksUrl: `${issuer}/.well-known/jwks.json`, issuer, jwtSecret: undefined };
      expect(read({ SUPABASE_URL }).userTokens).toEqual(own);
      const elsewhere = { SUPABASE_URL, VYX_SUPABASE_JWKS_URL: "https://keys.example" };
      expect(read(elsewhere).userTokens).toMatchObject({ jwksUrl: "https://keys.example", issuer: undefined });
      expect(read({ ...elsewhere, VYX_TOKEN_ISSUER: "https://x" }).userTokens).toMatchObject({ issuer: "https://x" });
    }
    expect(read({}).userTokens).toEqual({ jwksUrl: undefined, issuer: undefined, jwtSecret: undefined });
  });

  test("service keys are Supabase's old one, its new ones, and one of the operator's own", () => {
    const keys = {
      SUPABASE_SERVICE_ROLE_KEY: "old",
      VYX_SERVICE_KEY: "own",
      SUPABASE_SECRET_KEYS: '{"default":"new"}',
    };
    expect(read(keys).serviceKeys).toEqual(["old", "own", "new"]);
    expect(read({}).serviceKeys).toEqual([]);
    for (const bad of ["sb_secret_x", "{}", "[1]", '{"a":""}', "null"]) {
      expect(() => read({ SUPABASE_SECRET_KEYS: bad })).toThrow(InvalidInput);
      expect(() => read({ SUPABASE_SECRET_KEYS: bad })).not.toThrow("sb_secret_x");
    }
  });

  test("a missing variable is named with its other name", () => {
    expect(() => readSettings(() => undefined)).toThrow("the variable VYX_DATABASE_URL or SUPABASE_DB_URL isn't set");
    expect(() => serverUrl(() => undefined)).toThrow("the variable VYX_URL isn't set");
  });
});
