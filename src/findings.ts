import { findingParsers } from './events/parse-finding.ts';
import { serveFindings } from './reconcile/serve-findings.ts';
import type { Findings } from './service.ts';

/** How findings are followed. A module of its own, so that the bundler leaves it out where the policy has no `onFinding`. */
export const findings: Findings = { parsers: findingParsers, serve: serveFindings };
