/** The one HTTP endpoint of the emulator: finds the service and the caller of a request. */

/** A request before anybody looked at it; `path` includes the query string, header names are in lower case. */
export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
