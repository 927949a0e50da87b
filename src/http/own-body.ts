/** How a body that the gateway wrote itself is described. What stands in it is not known here. */

/** Its type and its exact length; and nobody may keep it, since it is about this very moment. */
export function ownBodyFields(contentType: string, lengthBytes: number): string[] {
  return ["Content-Type", contentType, "Content-Length", String(lengthBytes), "Cache-Control", "no-store"];
}
