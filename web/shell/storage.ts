/** The browser's storage: strings by name. */
export type PageStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Where drafts of traders are kept. Signing out forgets them. */
export const DRAFTS = "vyx.drafts";

/** The browser's storage; where it may not be used, something that forgets when the page is left. */
export function pageStorage(kind: "localStorage" | "sessionStorage"): PageStorage {
  try {
    const storage = globalThis[kind];
    storage.getItem("");
    return storage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    };
  }
}
