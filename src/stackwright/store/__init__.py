"""What an object store promises: versions, watch log, patches, server-side apply (pure), pagination."""
