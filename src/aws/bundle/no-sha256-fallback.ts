/** Stands in for the SDK's SHA-256 in JavaScript, its fallback for a Node.js without `node:crypto`; Lambda's has it. */
export class Sha256Js {
  constructor() {
    throw new Error('node:crypto has no SHA-256');
  }
}
