/** Policies that some cases need; all others run with the default policy. */

/**
 * Retries really happen, so that their price can be seen: enough attempts and budget for all, hardly a wait between
 * them, and a circuit that stays closed.
 */
export const RETRYING = `version: 1
extends: aic
retry:
  attempts: 10
  backoff: { base: 1ms, max: 1ms }
  budget: { percent: 100%, perSecond: 100000 }
breaker: { minimum: 100000, failures: 100% }
`;

/** So many routes, of which the last one serves what is asked for: all others are in its way. */
export const withRoutes = (count: number): string => {
  const others = Array.from(
    { length: count - 1 },
    (_, index) => `  - { name: thing-${index}, match: { path: "/openidm/managed/thing_${index}/**" } }\n`,
  );
  return `version: 1
extends: aic
routes:
${others.join("")}  - { name: users, match: { path: "/openidm/managed/alpha_user/**" } }
`;
};
