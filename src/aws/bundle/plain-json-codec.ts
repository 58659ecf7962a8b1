/**
 * Stands in for the SDK's schema-driven JSON codec in the handler's bundle, where `PutEvents` is the only operation that speaks JSON:
 * its members are strings, numbers, lists and one timestamp, sent as epoch seconds, so `JSON` itself does the work.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */

class PlainJsonSerializer {
  #text = '';

  setSerdeContext(): void {}

  write(_schema: unknown, value: unknown): void {
    // A replacer sees a date only as the text that toJSON made of it; the date itself is still in the holder.
    this.#text = JSON.stringify(value, function (this: Record<string, unknown>, key, encoded: unknown) {
      const original = this[key];
      return original instanceof Date ? original.getTime() / 1000 : encoded;
    });
  }

  flush(): string {
    return this.#text;
  }
}

class PlainJsonDeserializer {
  setSerdeContext(): void {}

  async read(_schema: unknown, data: string | Uint8Array): Promise<unknown> {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    return text === '' ? {} : JSON.parse(text);
  }

  readObject(_schema: unknown, value: unknown): unknown {
    return value;
  }
}

/** Same contract as the SDK's `JsonCodec2`, for shapes without blobs, documents, renamed members or timestamps in answers. */
export class JsonCodec2 {
  setSerdeContext(): void {}

  createSerializer(): PlainJsonSerializer {
    return new PlainJsonSerializer();
  }

  createDeserializer(): PlainJsonDeserializer {
    return new PlainJsonDeserializer();
  }
}
