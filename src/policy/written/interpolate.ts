/**
 * `${NAME}` and `${NAME:-default}` in the policy's values.
 *
 * It works on values that the YAML parser has already told apart, never on the file's text: what a variable holds can
 * fill a value, but can neither add a line nor open a key.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolated =
  | { readonly kind: "unchanged" }
  | { readonly kind: "changed"; readonly text: string }
  /** One for each place that is wrong. */
  | { readonly kind: "wrong"; readonly problems: readonly Problem[] };

type Problem = {
  /** A sentence for people. */
  readonly message: string;
  /** The variable, where it is wrong only because nobody has set it. */
  readonly unset?: string;
};

/** `$${` stands for the two characters themselves. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const BODY = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Replaces every reference in one value. As in a shell, the default also stands in for a variable that is set to
 * nothing.
 */
export function interpolate(text: string, env: Environment): Interpolated {
  if (!text.includes("${")) return { kind: "unchanged" };
  const problems: Problem[] = [];
  const filled = text.replace(
    REFERENCE,
    (whole: string, body: string | undefined, close: string | undefined) => {
      if (body === undefined) return "${";
      const [, name, fallback] = BODY.exec(body) ?? [];
      if (name === undefined || close === "") {
        problems.push({
          message: `expected \${NAME} or \${NAME:-default}, got ${whole}; write $\${ for the characters themselves`,
        });
        return "";
      }
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      if (value !== undefined && (value !== "" || fallback === undefined)) return value;
      if (fallback === undefined)
        problems.push({
          message: `the environment variable ${name} is not set: set it, or write \${${name}:-default}`,
          unset: name,
        });
      return fallback ?? "";
    },
  );
  return problems.length > 0 ? { kind: "wrong", problems } : { kind: "changed", text: filled };
}
