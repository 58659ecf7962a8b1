/** What only some policies need: each a constant of its own, so that the bundler leaves it out of a function whose policy does not. */
import { findingParsers } from './events/parse-finding.ts';
import { serveFindings } from './reconcile/serve-findings.ts';
import type { Findings } from './service.ts';

/** How the tags of VPCs and subnets are read, for `vpcTag` and `subnetTag`. */
export { listNetworkTags } from './aws/network-tags.ts';

/** How findings are followed, for `onFinding`. */
export const findings: Findings = { parsers: findingParsers, serve: serveFindings };
