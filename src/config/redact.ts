/** The configuration as it may be shown: credentials inside URLs and commands are masked; secrets are files anyway. */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/(\w+:\/\/)[^/@\s]+@/g, '$1***@');
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        /password|secret|token/i.test(key) ? '***' : redact(each),
      ]),
    );
  }
  return value;
}
