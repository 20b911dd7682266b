import type * as acorn from "acorn";
import type { ProbeOf } from "../trace/probes.ts";
import { Expressions } from "./expressions.ts";
import { declared, fieldName, hoisted, type Names } from "./names.ts";
import { Outside } from "./outside.ts";

/** Makes JavaScript of statements. Loops, functions and branches charge their operations to the filter's bound before they begin. */
export class Statements {
  readonly #names: Names;
  readonly #expressions: Expressions;
  /** Loops around what is compiled, in the same function. */
  #loops = 0;

  constructor(names: Names, probeOf: ProbeOf) {
    this.#names = names;
    this.#expressions = new Expressions(names, (node) => this.#arrow(node), probeOf);
  }

  /** All of a function's statements. */
  body(statements: readonly acorn.AnyNode[]): string {
    const [text, operations] = this.#expressions.counted(() => this.#statements(statements));
    return `$.step(${1 + operations});${text}`;
  }

  #statements(statements: readonly acorn.AnyNode[]): string {
    return statements.map((statement) => this.#statement(statement)).join("\n");
  }

  #statement(node: acorn.AnyNode): string {
    switch (node.type) {
      case "EmptyStatement":
        return ";";
      case "ExpressionStatement":
        return `${this.#expressions.of(node.expression)};`;
      case "ReturnStatement":
        return node.argument ? `return ${this.#expressions.of(node.argument)};` : "return;";
      case "BlockStatement":
        return `{${this.#names.inScope(declared(node.body), () => this.#statements(node.body))}}`;
      case "VariableDeclaration":
        return `${this.#declaration(node)};`;
      case "IfStatement": {
        const otherwise = node.alternate ? ` else ${this.#branch(node.alternate)}` : "";
        return `if (${this.#expressions.of(node.test)}) ${this.#branch(node.consequent)}${otherwise}`;
      }
      case "ForStatement":
        return this.#names.inScope(node.init ? declared([node.init]) : [], () => {
          const init = node.init ? this.#initial(node.init) : "";
          return this.#loop(() => {
            const test = node.test ? this.#expressions.of(node.test) : "";
            const update = node.update ? this.#expressions.of(node.update) : "";
            return `for (${init}; ${test}; ${update})`;
          }, node.body);
        });
      case "WhileStatement":
        return this.#loop(() => `while (${this.#expressions.of(node.test)})`, node.body);
      case "DoWhileStatement":
        // The turn's test is as good at its beginning.
        return this.#loop(
          () => "do",
          node.body,
          () => ` while (${this.#expressions.of(node.test)});`,
        );
      case "ForOfStatement": {
        const { left } = node;
        const [first] = left.type === "VariableDeclaration" ? left.declarations : [];
        if (left.type !== "VariableDeclaration" || first === undefined || left.kind === "var") {
          throw new Outside(node, "for … of without const or let");
        }
        return this.#names.inScope(declared([left]), () => {
          const name = this.#names.binding(first.id);
          const items = this.#expressions.of(node.right);
          return this.#loop(() => `for (${left.kind} ${name} of $.items(${items}))`, node.body);
        });
      }
      case "BreakStatement":
      case "ContinueStatement":
        if (node.label || this.#loops === 0) throw new Outside(node, "break and continue with a label");
        return node.type === "BreakStatement" ? "break;" : "continue;";
      default:
        throw new Outside(node, OUTSIDE[node.type] ?? `${node.type} isn't in the compiled subset`);
    }
  }

  #initial(node: acorn.AnyNode): string {
    return node.type === "VariableDeclaration" ? this.#declaration(node) : this.#expressions.of(node);
  }

  #declaration(node: acorn.VariableDeclaration): string {
    const names = node.declarations.map(({ id, init }) => {
      const name = id.type === "ObjectPattern" ? this.#pattern(id) : this.#names.binding(id);
      return init ? `${name} = ${this.#expressions.of(init)}` : name;
    });
    return `${node.kind} ${names.join(", ")}`;
  }

  /** `{close, volume: amount}` of what may be read by name. */
  #pattern(node: acorn.ObjectPattern): string {
    const parts = node.properties.map((property) => {
      const name = property.type === "Property" ? fieldName(property) : undefined;
      if (property.type !== "Property" || name === undefined || !this.#names.isReadable(name)) {
        throw new Outside(property, "taking apart by such a pattern");
      }
      return `${JSON.stringify(name)}: ${this.#names.binding(property.value)}`;
    });
    return `{${parts.join(", ")}}`;
  }

  #block(node: acorn.AnyNode): string {
    return node.type === "BlockStatement" ? this.#statement(node) : `{${this.#statement(node)}}`;
  }

  #branch(node: acorn.AnyNode): string {
    const [text, operations] = this.#expressions.counted(() => this.#block(node));
    return operations === 0 ? text : `{$.step(${operations});${text}}`;
  }

  /** A loop, whose turns cost what its head, body and foot do. The first look at the head is a part of what is around the loop. */
  #loop(head: () => string, node: acorn.AnyNode, foot: () => string = () => ""): string {
    const [before, ofHead] = this.#expressions.counted(head);
    const [behind, ofFoot] = this.#expressions.counted(foot);
    this.#loops += 1;
    const [body, ofBody] = this.#expressions.counted(() => this.#block(node));
    this.#loops -= 1;
    return `${before} {$.step(${1 + ofHead + ofBody + ofFoot});${body}}${behind}`;
  }

  /** An arrow function, which stands right inside of the method that calls it. */
  #arrow(node: acorn.AnyNode): string {
    if (node.type !== "ArrowFunctionExpression") throw new Outside(node, "a function that isn't an arrow");
    const names = node.params.map((one) => this.#names.binding(one));
    const own = node.params.map((one) => (one as acorn.Identifier).name);
    const outer = this.#loops;
    this.#loops = 0;
    const text = this.#names.inScope(own, () => {
      const { body } = node;
      if (body.type === "BlockStatement") {
        const own = [...declared(body.body), ...hoisted(body.body)];
        return `{${this.#names.inScope(own, () => this.body(body.body))}}`;
      }
      const [text, operations] = this.#expressions.counted(() => this.#expressions.of(body));
      return `($.step(${1 + operations}), ${text})`;
    });
    this.#loops = outer;
    return `(${names.join(", ")}) => ${text}`;
  }
}

/** What is outside of the compiled subset, in words. */
const OUTSIDE: Readonly<Record<string, string>> = {
  FunctionDeclaration: "a function of its own",
  ClassDeclaration: "a class",
  TryStatement: "try",
  ThrowStatement: "throw",
  SwitchStatement: "switch",
  ForInStatement: "for … in",
  LabeledStatement: "a label",
};
