import { createHash } from 'node:crypto';

/**
 * An idempotency token for a create call: the same for the same request and salt, and no other, so that EC2 answers a repeated call with the object
 * that the first one made.
 *
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html: up to 64 ASCII characters, per account and Region.
 */
export function clientToken(request: unknown, salt: string): string {
  return createHash('sha256')
    .update(JSON.stringify([request, salt]))
    .digest('hex');
}
