/** A stack as its users see it. */
import type { EventSourceMapping } from '../lambda/event-source-mapping.ts';
import type { Lambda } from '../lambda/lambda.ts';

export type StackStatus =
  | 'CREATE_IN_PROGRESS'
  | 'CREATE_COMPLETE'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_COMPLETE'
  | 'DELETE_IN_PROGRESS'
  | 'DELETE_COMPLETE';

export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The resolved properties. */
  readonly properties: unknown;
}

export interface Stack {
  readonly name: string;
  readonly id: string;
  readonly createdAt: number;
  readonly status: StackStatus;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  /** Throws TemplateError for a logical id the stack does not have. */
  resource(logicalId: string): StackResource;
  /** In order of creation. */
  resources(): readonly StackResource[];
  readonly lambda: Lambda;
  /** The stack's event source mappings. */
  mappings(): readonly EventSourceMapping[];
  /** Removes what the stack created, last first, except what is to be retained. */
  remove(): Promise<void>;
}
