/** Stands in for the encoder of signed event-stream headers, which the SDK's signer constructs but never uses for plain requests. */
export class HeaderFormatter {
  format(): never {
    throw new Error('event streams are not part of this bundle');
  }
}
