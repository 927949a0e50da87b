/**
 * What else the identity manager offers: scripts, a connector that is always down, and maintenance mode.
 *
 * Maintenance mode stands in front of everything under /openidm: reads pass, all else is refused before it starts.
 */
import { changed, crestError, json, type Reply } from "./reply.ts";
import { type Handler, type Route, readObject, type TenantRequest, text } from "./request.ts";

export function openidmRoutes(behind: readonly Route[]): readonly Route[] {
  let maintenance = false;

  const switchMaintenance: Handler = (request) => {
    const action = request.parameters.get("_action") ?? "";
    if (request.method !== "POST" || !["enable", "disable", "status"].includes(action))
      return crestError(501, `Action ${action} is not supported on maintenance`);
    if (action === "status") return json(200, { maintenanceEnabled: maintenance });
    maintenance = action === "enable";
    const reply = json(200, { maintenanceEnabled: maintenance });
    return changed(reply, { operation: "action", id: "maintenance" });
  };

  const guarded = ([path, handler]: Route): Route => [
    path,
    (request, ...captured) =>
      maintenance && request.path.startsWith("/openidm/") && !isReading(request)
        ? crestError(503, `Unable to change ${request.path} in maintenance mode.`)
        : handler(request, ...captured),
  ];

  const rest: readonly Route[] = [
    [/^\/openidm\/script$/, evaluate],
    [/^\/openidm\/system\/hr(?:\/.*)?$/, () => crestError(503, "The connector hr is not available")],
  ];
  return [[/^\/openidm\/maintenance$/, switchMaintenance], ...[...behind, ...rest].map(guarded)];
}

function isReading(request: TenantRequest): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

/** Evaluates JSON literals. Any other script fails, the way scripts do: a 500 that no retry can mend. */
function evaluate(request: TenantRequest): Reply {
  if (request.method !== "POST" || request.parameters.get("_action") !== "eval")
    return crestError(501, "Only _action=eval is supported on script");
  const script = readObject(request);
  if ("refusal" in script) return script.refusal;
  try {
    return json(200, JSON.parse(text(script.value, "source") ?? ""));
  } catch (error) {
    return crestError(500, `Wrapped ${error instanceof Error ? error.message : "error"}`);
  }
}
