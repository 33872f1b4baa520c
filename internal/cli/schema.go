package cli

import (
	"embed"
	"strings"
)

// schemas holds a JSON Schema for each kind of file.
//
//go:embed schemas/*.json
var schemas embed.FS

// schemaNames is the files that have a schema.
const schemaNames = "snapshot,recording,scenario,rules,config"

type schemaCmd struct {
	Name string `arg:"" help:"snapshot, recording, scenario, rules or config." enum:"snapshot,recording,scenario,rules,config"`
}

// Run prints a schema.
func (c *schemaCmd) Run(e *env) error {
	b, err := schemas.ReadFile("schemas/" + c.Name + ".json")
	if err != nil {
		return usagef("schema %s: want one of %s", c.Name, strings.ReplaceAll(schemaNames, ",", ", "))
	}
	_, err = e.stdout.Write(b)
	return err
}
