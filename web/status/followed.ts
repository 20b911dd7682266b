import type { FollowingHealth } from "../../src/wire/mod.ts";
import { ageText } from "../text/age.ts";

/** The server that this one follows, which only operators may know by name, and how old its newest data is. */
export function followedText({ upstream, behindMs }: FollowingHealth): string {
  const name = upstream ?? "another server";
  return behindMs === null ? name : `${name}, ${ageText(behindMs)} behind`;
}
