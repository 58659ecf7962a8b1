/** The flat parameters of an EC2 query request, from a form body or a query string. */
import { AwsError } from '../../core.ts';

export type Parameters = ReadonlyMap<string, string>;

/** Parameters that belong to signing and addressing and that no operation declares. */
const ENVELOPE =
  /^(Action|Version|AWSAccessKeyId|Signature|SignatureMethod|SignatureVersion|Timestamp|Expires|SecurityToken|X-Amz-.+)$/;

/**
 * Reads `Action`, the query string of `path` (GET) and the form body (POST); a parameter given twice is refused.
 * Throws `MalformedQueryString`, `MissingParameter` and `InvalidParameterValue`.
 * Source: Amazon EC2 API Reference, "Query requests".
 */
export function readForm(
  method: string,
  path: string,
  body: string,
): { readonly action: string; readonly parameters: Parameters } {
  const question = path.indexOf('?');
  const query = question === -1 ? '' : path.slice(question + 1);
  const all = new Map<string, string>();
  for (const text of method === 'POST' ? [query, body] : [query]) {
    if (/%(?![0-9a-fA-F]{2})/.test(text)) {
      throw new AwsError(
        'MalformedQueryString',
        'The query string contains a syntax error: a percent sign without two hexadecimal digits.',
      );
    }
    for (const [name, value] of new URLSearchParams(text.trim())) {
      if (all.has(name))
        throw new AwsError('MalformedQueryString', `The query string names the parameter ${name} more than once.`);
      all.set(name, value);
    }
  }
  const action = all.get('Action');
  if (action === undefined || action === '') {
    throw new AwsError('MissingAction', 'The request is missing an action or a required parameter.');
  }
  const version = all.get('Version');
  if (version !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(version)) {
    throw new AwsError('NoSuchVersion', `The requested version (${version}) of service AmazonEC2 does not exist.`);
  }
  return { action, parameters: new Map([...all].filter(([name]) => !ENVELOPE.test(name))) };
}
