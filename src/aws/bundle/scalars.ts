/**
 * Stands in for the SDK's decoder of text in the handler's bundle: that one also decodes headers, JSON in strings and every date format, of which
 * EC2's XML has none.
 */
import { NormalizedSchema } from '@smithy/core/schema';
import { _parseRfc3339DateTimeWithOffset, fromBase64 } from '@smithy/core/serde';

/** Same contract as the original, for the scalars of EC2: strings, numbers, booleans, times as `2026-11-23T02:40:11.000Z`, and blobs. */
export class FromStringShapeDeserializer {
  setSerdeContext(): void {}

  read(schema: Parameters<typeof NormalizedSchema.of>[0], text: string): unknown {
    const kind = NormalizedSchema.of(schema);
    if (kind.isNumericSchema()) return Number(text);
    if (kind.isBooleanSchema()) return text.toLowerCase() === 'true';
    if (kind.isTimestampSchema()) return _parseRfc3339DateTimeWithOffset(text);
    if (kind.isBlobSchema()) return fromBase64(text);
    return text;
  }
}
