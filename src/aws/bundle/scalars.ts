/**
 * Stands in for the SDK's decoder of text in the handler's bundle: that one also decodes headers, JSON in strings, blobs and many date formats, of which what
 * is decoded of EC2's answers has none; a test looks.
 */
import { NormalizedSchema } from '@smithy/core/schema';

/** Same contract as the original, for strings, numbers, booleans and times as `2026-11-23T02:40:11.000Z`. */
export class FromStringShapeDeserializer {
  setSerdeContext(): void {}

  read(schema: Parameters<typeof NormalizedSchema.of>[0], text: string): unknown {
    const kind = NormalizedSchema.of(schema);
    if (kind.isNumericSchema()) return Number(text);
    if (kind.isBooleanSchema()) return text.toLowerCase() === 'true';
    if (kind.isTimestampSchema()) return new Date(text);
    return text;
  }
}
