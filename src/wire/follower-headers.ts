/** What a server that follows this one sends with its requests; the value says nothing. */
export const FOLLOWER_HEADER = "vyx-follower";

/** What answers about one market then say: where its data comes from. Left out while that isn't known. */
export const SOURCE_HEADER = "vyx-source";
