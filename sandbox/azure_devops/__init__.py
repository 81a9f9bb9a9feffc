"""What the portal sees of Azure DevOps: the PAT Lifecycle API and connection data, with all refusals."""
