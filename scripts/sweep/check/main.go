// Command check holds Kubernetes manifests against the types of its API: fields that do
// not exist, or hold something else, are errors. It is a module of its own, so that the
// program does not depend on these types.
package main

import (
	"fmt"
	"os"

	batch "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	failed := false
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			failed = true
		}
	}
	if failed || len(os.Args) < 2 {
		os.Exit(1)
	}
}

// check reads a manifest of an Indexed Job.
func check(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var job batch.Job
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		return err
	}
	switch {
	case job.Kind != "Job" || job.APIVersion != batch.SchemeGroupVersion.String():
		return fmt.Errorf("it is a %s of %s, not a Job of %s", job.Kind, job.APIVersion, batch.SchemeGroupVersion)
	case job.Spec.CompletionMode == nil || *job.Spec.CompletionMode != batch.IndexedCompletion || job.Spec.Completions == nil:
		return fmt.Errorf("the job is not Indexed, or its completions are missing")
	case job.Spec.BackoffLimitPerIndex != nil && job.Spec.Template.Spec.RestartPolicy != "Never":
		return fmt.Errorf("backoffLimitPerIndex needs restartPolicy: Never")
	}
	for _, c := range job.Spec.Template.Spec.Containers {
		for _, e := range c.Env {
			if e.Name == "SHARDS" && e.Value != fmt.Sprint(*job.Spec.Completions) {
				return fmt.Errorf("SHARDS is %s, and there are %d completions", e.Value, *job.Spec.Completions)
			}
		}
	}
	return nil
}
